import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { demoCommands } from './demo-commands.ts';

describe('the commands to copy', () => {
  it('are single commands for a shell, also when the data lies in a folder with odd characters', () => {
    const facts = { url: 'http://127.0.0.1:3000', profileId: 'p1', jobId: 'j1' };
    for (const tokenFile of ['.sluice/demo-token', `/home/o'neil/my data/demo-token`]) {
      for (const { command } of demoCommands({ ...facts, tokenFile })) {
        execFileSync('sh', ['-n', '-c', command]);
        assert.match(command, /^curl -sN? http:\/\/127\.0\.0\.1:3000\/api\//);
      }
    }
  });
});
