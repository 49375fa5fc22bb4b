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
      TRUSTED_PROXIES: '10.0.0.0/33',
      LIMIT_REQUESTS_PER_MINUTE: '-1',
      HTTP_MAX_CONNECTIONS: 'all',
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

  it('needs a certificate and its key, or neither', () => {
    const [certFile, keyFile] = ['/tls/a.crt', '/tls/a.key'];
    assert.equal(loadConfig({ NATS_URL }).tls, undefined);
    assert.deepEqual(loadConfig({ NATS_URL, TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile }).tls, {
      certFile,
      keyFile,
    });
    assert.throws(() => loadConfig({ NATS_URL, TLS_CERT_FILE: certFile }), /TLS_KEY_FILE: is missing/);
    assert.throws(() => loadConfig({ NATS_URL, TLS_KEY_FILE: keyFile }), /TLS_CERT_FILE: is missing/);
  });

  it('reads addresses and networks of proxies', () => {
    const { trustedProxies } = loadConfig({ NATS_URL, TRUSTED_PROXIES: '10.0.0.0/8, ::1,fd00::/8' });
    assert.deepEqual(trustedProxies, ['10.0.0.0/8', '::1', 'fd00::/8']);
    for (const TRUSTED_PROXIES of ['proxy.example', '10.0.0.0/', '10.0.0.1/8/8', '*', 'true']) {
      assert.throws(() => loadConfig({ NATS_URL, TRUSTED_PROXIES }), /TRUSTED_PROXIES/, TRUSTED_PROXIES);
    }
  });

  it('refuses an origin with a path, a wildcard, or no scheme', () => {
    for (const CORS_ORIGIN of ['https://a.example/', '*', 'a.example', 'https://a.example,*']) {
      assert.throws(() => loadConfig({ NATS_URL, CORS_ORIGIN }), /CORS_ORIGIN/, CORS_ORIGIN);
    }
  });
});
