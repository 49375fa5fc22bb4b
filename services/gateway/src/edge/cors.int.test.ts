import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type GatewayUnderTest, gatewayUnderTest } from '../testing/gateway-under-test.ts';

const ALLOWED = 'https://app.example.com';

describe('calls from browsers', () => {
  let gateway: GatewayUnderTest;
  before(async () => {
    gateway = await gatewayUnderTest({ CORS_ORIGIN: `${ALLOWED},http://localhost:5173` });
  });
  after(() => gateway.close());

  const preflight = (origin: string) =>
    gateway.app.inject({
      method: 'OPTIONS',
      url: '/api/llm/chat',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,idempotency-key',
      },
    });

  it('are allowed with credentials from a listed origin', async () => {
    const { statusCode, headers } = await preflight(ALLOWED);
    assert.equal(statusCode, 204);
    assert.equal(headers['access-control-allow-origin'], ALLOWED);
    assert.equal(headers['access-control-allow-credentials'], 'true');
    assert.match(String(headers['access-control-allow-methods']), /POST/);
    assert.match(String(headers['access-control-allow-headers']), /idempotency-key/);
    assert.match(String(headers.vary), /Origin/);
  });

  it('may change and delete, with the headers that takes', async () => {
    for (const method of ['PATCH', 'DELETE']) {
      const { statusCode, headers } = await gateway.app.inject({
        method: 'OPTIONS',
        url: '/api/ai-profiles/profile1',
        headers: {
          origin: ALLOWED,
          'access-control-request-method': method,
          'access-control-request-headers': 'authorization,if-match,idempotency-key',
        },
      });
      assert.equal(statusCode, 204);
      assert.ok(String(headers['access-control-allow-methods']).includes(method));
      assert.match(
        String(headers['access-control-allow-headers']),
        /authorization.*if-match.*idempotency-key/,
      );
    }
  });

  it('may read what the API says in headers, errors included', async () => {
    const answer = await gateway.app.inject({ url: '/api/auth/me', headers: { origin: ALLOWED } });
    assert.equal(answer.statusCode, 401);
    assert.equal(answer.headers['access-control-allow-origin'], ALLOWED);
    const exposed = String(answer.headers['access-control-expose-headers']).toLowerCase();
    for (const name of [
      'x-request-id',
      'location',
      'retry-after',
      'preference-applied',
      'idempotent-replayed',
      'etag',
      'ratelimit',
      'ratelimit-policy',
    ])
      assert.ok(exposed.includes(name), name);
  });

  it('get no permission from any other origin', async () => {
    for (const origin of [
      'https://evil.example.com',
      `${ALLOWED}.evil.com`,
      'http://app.example.com',
      'null',
      'https://app.example.co',
      'https://evilapp.example.com',
      'https://app.example.com.',
      'https://APP.example.com',
      `${ALLOWED}:8443`,
      `${ALLOWED},https://evil.example.com`,
    ]) {
      for (const { headers } of [
        await preflight(origin),
        await gateway.app.inject({ url: '/healthz', headers: { origin } }),
      ]) {
        assert.equal(headers['access-control-allow-origin'], undefined, origin);
        assert.equal(headers['access-control-allow-credentials'], undefined, origin);
        assert.match(String(headers.vary), /Origin/, 'no cache gives one origin what was for another');
      }
    }
  });
});
