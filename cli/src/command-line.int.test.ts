import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runSluice } from './sluice-process.ts';

describe('sluice', () => {
  it('explains itself when asked, on stdout', async () => {
    for (const args of [[], ['--help'], ['topology', 'apply', '-h']]) {
      const ended = await runSluice(args);
      assert.equal(ended.code, 0);
      assert.match(ended.stdout, /^Usage: sluice[\s\S]*keys public[\s\S]*topology apply[\s\S]*topology show/);
    }
  });

  it('does not guess: an unknown command or option is exit code 2, on stderr', async () => {
    for (const args of [['keys'], ['topology', 'remove'], ['keys', 'public', '--secret', 'x']]) {
      const ended = await runSluice(args, { API_KEY_ENCRYPTION_KEY: 'a secret' });
      assert.equal(ended.code, 2);
      assert.equal(ended.stdout, '');
      assert.match(ended.stderr, /Usage: sluice/);
    }
  });
});
