import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  AppError,
  changePassword,
  logIn,
  logOut,
  logOutEverywhere,
  refreshSession,
  registerUser,
  type Session,
} from '@sluice/contracts';
import { type GatewayUnderTest, gatewayUnderTest } from '../testing/gateway-under-test.ts';
import { claimsOf, signedToken } from '../testing/signed-token.ts';

const ALLOWED = 'https://app.example.com';
const createdAt = '2026-01-01T00:00:00.000Z';
const session = (refreshToken: string): Session => ({
  accessToken: 'access',
  expiresIn: 900,
  refreshToken,
  user: { id: 'user1', email: 'ada@example.com', createdAt },
  team: { id: 'team1', name: 'Engines', createdAt },
});
const person = { email: 'ada@example.com', password: 'long enough' };

describe('sessions over HTTP', () => {
  let gateway: GatewayUnderTest;
  /** What auth was asked, by the last part of the subject. */
  let asked: [string, unknown][];
  before(async () => {
    gateway = await gatewayUnderTest({ CORS_ORIGIN: ALLOWED });
    gateway.answer(registerUser, async (request) => {
      asked.push(['register', request]);
      return session('of-register');
    });
    gateway.answer(logIn, async (request) => {
      asked.push(['login', request]);
      if (request.password !== person.password)
        throw new AppError('rate_limited', 'Too many attempts.', { retryAfterMs: 41_500 });
      return session('of-login');
    });
    gateway.answer(refreshSession, async (request) => {
      asked.push(['refresh', request]);
      return session('of-refresh');
    });
    gateway.answer(changePassword, async (request) => {
      asked.push(['password', request]);
      return session('of-password');
    });
    gateway.answer(logOut, async (request) => {
      asked.push(['logout', request]);
      return {};
    });
    gateway.answer(logOutEverywhere, async (request) => {
      asked.push(['logout-all', request]);
      return {};
    });
    await gateway.nc.flush();
  });
  after(() => gateway.close());
  beforeEach(() => {
    asked = [];
  });

  type Sent = { payload?: object; headers?: Record<string, string> };
  const post = (route: string, { payload, headers = {} }: Sent = {}) =>
    gateway.app.inject({
      method: 'POST',
      url: `/api/auth/${route}`,
      headers,
      remoteAddress: '203.0.113.9',
      ...(payload && { payload }),
    });
  const cookie = 'other=1; sluice_refresh=of-cookie; sluice_refresh_not=2';
  const ATTRIBUTES = 'Max-Age=2592000; Path=/api/auth; HttpOnly; SameSite=Strict';

  it('give the refresh token in the body and in a cookie, and are not for caches', async () => {
    const change = { currentPassword: 'one', newPassword: 'another password' };
    const given: [string, Sent, number][] = [
      ['register', { payload: person }, 201],
      ['login', { payload: person }, 200],
      ['refresh', { payload: { refreshToken: 'of-body' } }, 200],
      ['password', { payload: change, headers: gateway.bearer }, 200],
    ];
    for (const [route, sent, status] of given) {
      const answer = await post(route, sent);
      assert.equal(answer.statusCode, status, answer.body);
      assert.equal(answer.json<Session>().refreshToken, `of-${route}`);
      assert.equal(answer.headers['set-cookie'], `sluice_refresh=of-${route}; ${ATTRIBUTES}`);
      assert.equal(answer.headers['cache-control'], 'no-store');
    }
  });

  it('have a cookie for TLS alone in production', async () => {
    const production = await gatewayUnderTest({ NODE_ENV: 'production' });
    try {
      production.answer(logIn, async () => session('of-login'));
      await production.nc.flush();
      const url = '/api/auth/login';
      const answer = await production.app.inject({ method: 'POST', url, payload: person });
      assert.equal(answer.headers['set-cookie'], `sluice_refresh=of-login; ${ATTRIBUTES}; Secure`);
    } finally {
      await production.close();
    }
  });

  it('tell auth where an attempt comes from', async () => {
    const address = '203.0.113.9';
    await post('register', { payload: person });
    await post('login', { payload: person });
    await post('refresh', { payload: { refreshToken: 'of-body' } });
    assert.deepEqual(asked, [
      ['register', { ...person, address }],
      ['login', { ...person, address }],
      ['refresh', { refreshToken: 'of-body', address }],
    ]);
  });

  it('say when to try again after too many attempts', async () => {
    const answer = await post('login', { payload: { ...person, password: 'wrong' } });
    assert.equal(answer.statusCode, 429);
    assert.equal(answer.headers['retry-after'], '42');
    assert.equal(answer.headers['set-cookie'], undefined);
  });

  it('are refreshed and ended by the cookie where the body has no token', async () => {
    const address = '203.0.113.9';
    for (const sent of [{ headers: { cookie } }, { headers: { cookie }, payload: {} }]) {
      assert.equal((await post('refresh', sent)).statusCode, 200);
      assert.equal((await post('logout', sent)).statusCode, 204);
    }
    const refreshed = ['refresh', { refreshToken: 'of-cookie', address }];
    const ended = ['logout', { refreshToken: 'of-cookie' }];
    assert.deepEqual(asked, [refreshed, ended, refreshed, ended]);
  });

  it('go by the body where both have one', async () => {
    const sent = { headers: { cookie }, payload: { refreshToken: 'of-body' } };
    await post('refresh', sent);
    await post('logout', sent);
    assert.deepEqual(
      asked.map(([, request]) => (request as { refreshToken: string }).refreshToken),
      ['of-body', 'of-body'],
    );
  });

  it('are not refreshed without a token; logging out is done then', async () => {
    const long = `sluice_refresh=${'x'.repeat(513)}`;
    for (const headers of [
      {},
      { cookie: 'sluice_refresh=' },
      { cookie: 'x_sluice_refresh=a' },
      { cookie: long },
    ]) {
      const answer = await post('refresh', { headers });
      assert.equal(answer.statusCode, 401, answer.body);
      assert.equal((await post('logout', { headers })).statusCode, 204);
    }
    assert.deepEqual(asked, []);
  });

  it('are ended by the access token as well, and by it alone', async () => {
    const token = signedToken(gateway.key, claimsOf({ sid: 'session1' }));
    const headers = { authorization: `Bearer ${token}` };
    const session = { userId: 'user1', sessionId: 'session1' };
    assert.equal((await post('logout', { headers })).statusCode, 204);
    assert.equal((await post('logout', { headers: { ...headers, cookie } })).statusCode, 204);
    assert.deepEqual(asked, [
      ['logout', { session }],
      ['logout', { refreshToken: 'of-cookie', session }],
    ]);
  });

  it('are ended by their refresh token beside an access token that does not serve; that alone is refused', async () => {
    const past = Math.floor(Date.now() / 1000) - 1;
    const token = signedToken(gateway.key, claimsOf({ sid: 'session1', exp: past }));
    const headers = { authorization: `Bearer ${token}` };
    assert.equal((await post('logout', { headers: { ...headers, cookie } })).statusCode, 204);
    const alone = await post('logout', { headers });
    assert.deepEqual([alone.statusCode, alone.json<{ code: string }>().code], [401, 'unauthenticated']);
    assert.deepEqual(asked, [['logout', { refreshToken: 'of-cookie' }]]);
  });

  it('lose their cookie at logout, here and everywhere', async () => {
    const ends: [string, Sent][] = [
      ['logout', { headers: { cookie } }],
      ['logout', {}],
      ['logout-all', { headers: gateway.bearer }],
    ];
    for (const [route, sent] of ends) {
      const answer = await post(route, sent);
      assert.equal(answer.statusCode, 204, answer.body);
      assert.equal(
        answer.headers['set-cookie'],
        'sluice_refresh=; Max-Age=0; Path=/api/auth; HttpOnly; SameSite=Strict',
      );
    }
  });

  it('are not for pages of other origins, a sibling host included', async () => {
    const foreign = [
      'https://evil.example.com',
      'https://api.example.com.evil.com',
      'null',
      'http://other.localhost',
    ];
    for (const origin of foreign) {
      for (const route of ['refresh', 'logout']) {
        const answer = await post(route, { headers: { cookie, origin, host: 'api.example.com' } });
        assert.equal(answer.statusCode, 403, `${route} ${origin}`);
        assert.equal(answer.headers['set-cookie'], undefined);
      }
    }
    assert.deepEqual(asked, []);
  });

  it('are for pages of our own host and of listed origins, and a token in a body for any', async () => {
    const host = 'api.example.com';
    for (const origin of [ALLOWED, 'https://api.example.com', 'http://api.example.com']) {
      assert.equal((await post('refresh', { headers: { cookie, origin, host } })).statusCode, 200, origin);
    }
    const sent = { headers: { origin: 'https://evil.example.com' }, payload: { refreshToken: 'of-body' } };
    assert.equal((await post('refresh', sent)).statusCode, 200);
  });

  it('cannot be used by a form', async () => {
    for (const type of [
      'application/x-www-form-urlencoded',
      'text/plain',
      'multipart/form-data; boundary=x',
    ]) {
      const answer = await gateway.app.inject({
        method: 'POST',
        url: '/api/auth/refresh',
        headers: { cookie, 'content-type': type },
        payload: 'refreshToken=x',
      });
      assert.ok(answer.statusCode >= 400 && answer.statusCode < 500, answer.body);
    }
    assert.deepEqual(asked, []);
  });
});
