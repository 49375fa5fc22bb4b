import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { NATS_USERS, natsPasswordVariable } from '@sluice/contracts';
import { testServers } from '@sluice/testing';
import { runSluice } from './sluice-process.ts';

const committed = fileURLToPath(new URL('../../deploy/nats/sluice.conf', import.meta.url));

describe('sluice nats config', () => {
  it('prints the file that compose and Kubernetes use: print it again after a change of the contracts', async () => {
    const { code, stdout, stderr } = await runSluice(['nats', 'config']);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, readFileSync(committed, 'utf8'));
  });

  it('is understood by nats-server, with the passwords in its environment and not without', async () => {
    const { natsBinary } = await testServers();
    const check = (env: Record<string, string>) =>
      execFileSync(natsBinary, ['-t', '--config', committed], { env, stdio: 'pipe' });
    const hex = `n${'0123456789abcdef'.repeat(3)}`;
    check(Object.fromEntries(NATS_USERS.map((user) => [natsPasswordVariable(user), hex])));
    assert.throws(() => check({}), /NATS_[A-Z_]+_PASSWORD/);
  });

  it('follows the name of the queue', async () => {
    const { stdout } = await runSluice(['nats', 'config'], { AI_QUEUE_NAME: 'night' });
    assert.match(stdout, /"night\.\*\.\*\.\*\.requested"/);
    assert.match(stdout, /MSG\.NEXT\.NIGHT\.run-batch/);
    assert.doesNotMatch(stdout, /"jobs\.\*/);
  });
});
