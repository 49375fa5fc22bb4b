import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from './config.ts';

test('what is needed is NATS and the key; the rest has its documented default', () => {
  const config = loadConfig({ NATS_URL: 'nats://n', API_KEY_ENCRYPTION_KEY: 'k', RUNNER_SLOTS: '' });
  assert.deepEqual([config.queue, config.slots, config.leaseMs], ['jobs', 64, 30_000]);
  assert.deepEqual(config.timeouts, {
    requestMs: 120_000,
    connectMs: 10_000,
    firstTokenMs: 60_000,
    idleMs: 30_000,
  });
});

test('every fault is named at once, and no value is shown', () => {
  const environment = {
    API_KEY_ENCRYPTION_KEY: '',
    RUNNER_SLOTS: 'many-secret',
    AI_QUEUE_NAME: 'a.secret',
    LOG_LEVEL: 'secret',
  };
  assert.throws(
    () => loadConfig(environment),
    ({ message }: Error) => {
      for (const name of [
        'NATS_URL: is missing',
        'API_KEY_ENCRYPTION_KEY: is missing',
        'RUNNER_SLOTS',
        'AI_QUEUE_NAME',
        'LOG_LEVEL',
      ]) {
        assert.ok(message.includes(name), `${name} in ${message}`);
      }
      assert.doesNotMatch(message, /secret/);
      return true;
    },
  );
});
