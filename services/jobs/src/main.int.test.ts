import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openWorld } from './jobs/testing/jobs-world.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

function start(env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [main], { env: { PATH: process.env['PATH'], ...env }, stdio: 'pipe' });
}

async function firstLineWith(child: ChildProcess, text: string): Promise<string | undefined> {
  if (!child.stdout) return undefined;
  for await (const line of createInterface(child.stdout)) if (line.includes(text)) return line;
  return undefined;
}

describe('the jobs process', { timeout: 60_000 }, () => {
  it('says that it is ready, and ends in order on SIGTERM', async () => {
    const world = await openWorld();
    const { natsUrl, databaseUrl } = world.config;
    const child = start({ NODE_ENV: 'production', NATS_URL: natsUrl, DATABASE_URL: databaseUrl });
    const exited = once(child, 'exit');
    assert.ok(await firstLineWith(child, '"ready"'));
    child.kill('SIGTERM');
    assert.deepEqual(await exited, [0, null]);
    await world.close();
  });

  it('names every fault of its environment and ends', async () => {
    const child = start({ LOG_LEVEL: 'loud' });
    let faults = '';
    child.stderr?.on('data', (data: Buffer) => {
      faults += data.toString();
    });
    assert.deepEqual(await once(child, 'close'), [1, null]);
    for (const name of ['DATABASE_URL', 'NATS_URL', 'LOG_LEVEL']) assert.match(faults, new RegExp(name));
  });
});
