import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { getJwks } from '@sluice/contracts';
import { call, connect } from '@sluice/messaging';
import { keyRing, publicKeys } from '@sluice/sealing';
import { testConfig } from './testing/auth-under-test.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const register = new URL('../../../libs/telemetry/src/register.ts', import.meta.url).href;
const run = (env: Record<string, string>) =>
  spawn(process.execPath, ['--import', register, main], { env: { PATH: process.env['PATH'], ...env } });

const text = async (stream: AsyncIterable<Buffer>): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

test('without its variables it exits with 1 and names them all', { timeout: 30_000 }, async () => {
  const child = run({ JWT_SECRET: 'too-short-a-secret' });
  const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  assert.equal(code, 1);
  for (const name of ['DATABASE_URL', 'NATS_URL', 'JWT_SECRET', 'SEALING_PUBLIC_KEYS']) {
    assert.match(errors, new RegExp(name));
  }
  assert.doesNotMatch(errors, /too-short-a-secret/);
});

test('it says when it is ready, serves, and ends in order on SIGTERM', { timeout: 60_000 }, async () => {
  const { config } = await testConfig();
  const child = run({
    NODE_ENV: 'production',
    DATABASE_URL: config.DATABASE_URL,
    NATS_URL: config.NATS_URL,
    JWT_SECRET: config.JWT_SECRET,
    SEALING_PUBLIC_KEYS: publicKeys(await keyRing('runners')),
  });
  const lines: string[] = [];
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (!line.includes('auth is ready')) continue;
    const nc = await connect({ url: config.NATS_URL, name: 'auth-test' });
    assert.equal((await call(nc, getJwks, {}, { requestId: 'request-of-a-test' })).keys.length, 1);
    await nc.close();
    child.kill('SIGTERM');
  }
  assert.deepEqual(await exited, [0, null], lines.join('\n'));
  assert.ok(!lines.join().includes(config.JWT_SECRET));
});

test('a MongoDB that does not answer ends it with 1, without the password', { timeout: 60_000 }, async () => {
  const { config } = await testConfig();
  const child = run({
    DATABASE_URL: 'mongodb://someone:hidden-password@127.0.0.1:1/sluice',
    NATS_URL: config.NATS_URL,
    JWT_SECRET: config.JWT_SECRET,
    SEALING_PUBLIC_KEYS: publicKeys(await keyRing('runners')),
  });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  assert.equal(code, 1);
  assert.match(output, /MongoDB at DATABASE_URL does not answer/);
  assert.doesNotMatch(output, /hidden-password/);
});
