import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadConfig } from './config.ts';

const NATS_URL = 'nats://127.0.0.1:4222';

describe("the gateway's configuration", () => {
  it('needs NATS_URL alone, and takes empty variables for unset ones', () => {
    const config = loadConfig({ NATS_URL, PORT: '', CORS_ORIGIN: '' });
    assert.equal(config.queue, 'jobs');
    assert.equal(config.port, 3000);
    assert.equal(config.production, false);
    assert.deepEqual(config.corsOrigins, []);
  });

  it('reads the list of origins', () => {
    const CORS_ORIGIN = 'https://app.example.com, http://localhost:5173';
    const { corsOrigins } = loadConfig({ NATS_URL, CORS_ORIGIN });
    assert.deepEqual(corsOrigins, ['https://app.example.com', 'http://localhost:5173']);
  });

  it('lists every fault at once by name, and no value', () => {
    const env = {
      PORT: '70000',
      AI_QUEUE_NAME: 'a.b',
      CORS_ORIGIN: 'https://shop.example.org/path',
      NODE_ENV: 'prod',
      JOB_MAX_ATTEMPTS: 'many',
    };
    assert.throws(
      () => loadConfig(env),
      ({ message }: Error) => {
        for (const name of ['NATS_URL', ...Object.keys(env)])
          assert.match(message, new RegExp(`^ {2}${name}: `, 'm'));
        for (const value of ['70000', 'a.b', 'shop.example.org', 'many']) assert.ok(!message.includes(value));
        return true;
      },
    );
  });

  it('refuses a NATS_URL that cannot be read, without showing it', () => {
    for (const url of ['http://hush:4222', 'nats://', 'not a url::hush']) {
      assert.throws(
        () => loadConfig({ NATS_URL: url }),
        ({ message }: Error) => /NATS_URL: must be/.test(message) && !message.includes('hush'),
        url,
      );
    }
  });

  it('refuses an origin with a path, a wildcard, or no scheme', () => {
    for (const CORS_ORIGIN of ['https://a.example/', '*', 'a.example', 'https://a.example,*']) {
      assert.throws(() => loadConfig({ NATS_URL, CORS_ORIGIN }), /CORS_ORIGIN/, CORS_ORIGIN);
    }
  });
});
