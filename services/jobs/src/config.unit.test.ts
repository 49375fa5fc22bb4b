import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigError, loadConfig } from './config.ts';

const good = { DATABASE_URL: 'mongodb://127.0.0.1/sluice', NATS_URL: 'nats://127.0.0.1:4222' };

describe('the environment of the jobs service', () => {
  it('has defaults for all but the two servers', () => {
    assert.deepEqual(loadConfig({ ...good, LOG_LEVEL: '' }), {
      production: false,
      databaseUrl: good.DATABASE_URL,
      natsUrl: good.NATS_URL,
      queue: 'jobs',
      logLevel: 'info',
    });
  });

  it('refuses a NATS_URL that cannot be read', () => {
    assert.throws(
      () => loadConfig({ ...good, NATS_URL: 'http://127.0.0.1:4222' }),
      /NATS_URL: must be a nats:/,
    );
  });

  it('names every fault at once and shows no value', () => {
    const env = { DATABASE_URL: 'postgres://u:hush@h/d', AI_QUEUE_NAME: 'a.b', LOG_LEVEL: 'hush' };
    assert.throws(
      () => loadConfig(env),
      (error: unknown) => {
        assert.ok(error instanceof ConfigError);
        assert.deepEqual(
          error.message.split('\n').map((line) => line.split(':')[0]),
          ['DATABASE_URL', 'NATS_URL', 'AI_QUEUE_NAME', 'LOG_LEVEL'],
        );
        assert.match(error.message, /NATS_URL: is missing/);
        assert.doesNotMatch(error.message, /hush|a\.b/);
        return true;
      },
    );
  });
});
