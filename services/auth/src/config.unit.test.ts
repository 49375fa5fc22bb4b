import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyRing, publicKeys } from '@sluice/sealing';
import { loadConfig } from './config.ts';

const complete = async () => ({
  DATABASE_URL: 'mongodb://127.0.0.1/sluice',
  NATS_URL: 'nats://127.0.0.1:4222',
  JWT_SECRET: 'x'.repeat(32),
  SEALING_PUBLIC_KEYS: publicKeys(await keyRing('a', 'b')),
});

test('every fault is listed at once, by name and without a value', async () => {
  const env = {
    NODE_ENV: 'staging-value',
    DATABASE_URL: 'postgres://user:hidden-password@host',
    JWT_SECRET: 'short-secret',
    SEALING_PUBLIC_KEYS: 'a-private-key-by-mistake',
  };
  await assert.rejects(loadConfig(env), ({ message }: Error) => {
    for (const name of ['NODE_ENV', 'DATABASE_URL', 'NATS_URL', 'JWT_SECRET', 'SEALING_PUBLIC_KEYS']) {
      assert.match(message, new RegExp(`^  ${name} `, 'm'));
    }
    for (const value of Object.values(env)) assert.ok(!message.includes(value), value);
    assert.doesNotMatch(message, /hidden-password/);
    return true;
  });
});

test('what is required may not be empty either', async () => {
  const env = { ...(await complete()), JWT_SECRET: '', NATS_URL: '' };
  await assert.rejects(loadConfig(env), /NATS_URL is required\n {2}JWT_SECRET is required/);
});

test('a NATS_URL that cannot be read is a fault of its own', async () => {
  const env = { ...(await complete()), NATS_URL: 'http://127.0.0.1:4222' };
  await assert.rejects(loadConfig(env), /NATS_URL must be a nats:/);
});

test('a secret of 31 characters is refused and one of 32 accepted', async () => {
  const env = await complete();
  await assert.rejects(loadConfig({ ...env, JWT_SECRET: 'x'.repeat(31) }), /JWT_SECRET must be 32/);
  assert.equal((await loadConfig(env)).JWT_SECRET.length, 32);
});

test('the first public key is the one to seal to, and hosts are read as a list', async () => {
  const env = await complete();
  const config = await loadConfig({ ...env, PROVIDER_ALLOWED_HOSTS: ' 127.0.0.1:9000, models.internal' });
  assert.equal(config.SEALING_PUBLIC_KEYS[0].keyId, env.SEALING_PUBLIC_KEYS.split(':')[0]);
  assert.equal(config.SEALING_PUBLIC_KEYS.length, 2);
  assert.deepEqual(config.PROVIDER_ALLOWED_HOSTS, ['127.0.0.1:9000', 'models.internal']);
  assert.deepEqual((await loadConfig(env)).PROVIDER_ALLOWED_HOSTS, []);
});

test('earlier secrets are a list, each as long as the current one, and a short one is not shown', async () => {
  const given = await complete();
  const first = 'y'.repeat(32);
  const config = await loadConfig({ ...given, JWT_SECRET_PREVIOUS: ` ${first},, ${'z'.repeat(40)}` });
  assert.deepEqual(config.JWT_SECRET_PREVIOUS, [first, 'z'.repeat(40)]);
  assert.deepEqual((await loadConfig({ ...given, JWT_SECRET_PREVIOUS: '' })).JWT_SECRET_PREVIOUS, []);
  await assert.rejects(
    loadConfig({ ...given, JWT_SECRET_PREVIOUS: `${first},short-secret` }),
    ({ message }: Error) => {
      assert.match(message, /^ {2}JWT_SECRET_PREVIOUS must be of 32 characters/m);
      return !message.includes('short-secret');
    },
  );
});

test('attempts are limited unless the limit is 0', async () => {
  const limitOf = async (LIMIT_AUTH_PER_MINUTE: string) =>
    (await loadConfig({ ...(await complete()), LIMIT_AUTH_PER_MINUTE })).LIMIT_AUTH_PER_MINUTE;
  assert.deepEqual([await limitOf(''), await limitOf('0'), await limitOf('7')], [20, 0, 7]);
  for (const value of ['-1', '1.5', 'many']) await assert.rejects(limitOf(value), /LIMIT_AUTH_PER_MINUTE/);
});
