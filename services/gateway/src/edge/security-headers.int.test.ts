import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type GatewayUnderTest, gatewayUnderTest } from '../testing/gateway-under-test.ts';

describe('security headers', () => {
  let gateway: GatewayUnderTest;
  before(async () => {
    gateway = await gatewayUnderTest({ TRUSTED_PROXIES: '127.0.0.1' });
  });
  after(() => gateway.close());

  it('stand on every answer, errors and paths that cannot be read too', async () => {
    for (const url of ['/healthz', '/api/auth/me', '/nowhere', '/%zz']) {
      const { headers } = await gateway.app.inject(url);
      assert.equal(headers['content-security-policy'], "default-src 'none';frame-ancestors 'none'", url);
      assert.equal(headers['x-content-type-options'], 'nosniff', url);
      assert.equal(headers['x-frame-options'], 'DENY', url);
      assert.equal(headers['referrer-policy'], 'no-referrer', url);
      assert.equal(headers['cache-control'], 'no-store', url);
      assert.equal(headers['strict-transport-security'], undefined, url);
    }
  });

  it('let caches keep public keys, and the documentation run its own scripts alone', async () => {
    const keys = await gateway.app.inject('/.well-known/jwks.json');
    assert.match(String(keys.headers['cache-control']), /^public/);
    const { headers } = await gateway.app.inject('/docs/');
    assert.match(String(headers['content-security-policy']), /default-src 'none'.*script-src 'self';/);
    assert.match(String(headers['content-security-policy']), /frame-ancestors 'none'/);
  });

  it('ask for TLS from now on where it was used, by the word of a trusted proxy alone', async () => {
    const from = (remoteAddress: string) =>
      gateway.app.inject({ url: '/healthz', remoteAddress, headers: { 'x-forwarded-proto': 'https' } });
    assert.match(String((await from('127.0.0.1')).headers['strict-transport-security']), /^max-age=31536000/);
    assert.equal((await from('192.0.2.1')).headers['strict-transport-security'], undefined);
  });

  it('go with a token that nobody takes from a query, and nobody logs', async () => {
    const token = gateway.bearer.authorization.slice('Bearer '.length);
    for (const name of ['access_token', 'token', 'authorization', 'whatever']) {
      const answer = await gateway.app.inject(`/api/auth/me?${name}=${token}`);
      assert.equal(answer.statusCode, 401, name);
      await gateway.app.inject(`/nowhere?${name}=${token}`);
    }
    assert.ok(gateway.lines.length > 0);
    assert.ok(!gateway.lines.join('').includes(token.slice(-20)));
  });
});
