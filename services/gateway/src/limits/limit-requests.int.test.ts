import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AppError, logIn, verifyApiToken } from '@sluice/contracts';
import type { ErrorBody } from '../edge/error-answer.ts';
import { answerAsOthers, type GatewayUnderTest, gatewayUnderTest } from '../testing/gateway-under-test.ts';
import { claimsOf, signedToken } from '../testing/signed-token.ts';

/** The window slides while the test runs, so that a few more may pass than the limit says. */
const SLACK = 3;
const LIMIT = 40;

describe('request limits', () => {
  let gateway: GatewayUnderTest;
  const others: GatewayUnderTest[] = [];
  let fakesAskedFor = 0;
  /** Valid, unless its letter is `f`. */
  const apiToken = (letter: string, n = 0) => `slc_${letter.repeat(26)}_${String(n).padStart(43, 'x')}`;
  before(async () => {
    gateway = await gatewayUnderTest({
      LIMIT_REQUESTS_PER_MINUTE: String(LIMIT),
      LIMIT_ADDRESS_REQUESTS_PER_MINUTE: '20',
      TRUSTED_PROXIES: '127.0.0.1',
    });
    answerAsOthers(gateway);
    gateway.answer(logIn, async () => {
      throw new AppError('unauthenticated', 'no');
    });
    gateway.answer(verifyApiToken, async ({ tokenId }) => {
      if (tokenId.startsWith('f')) {
        fakesAskedFor += 1;
        throw new AppError('unauthenticated', 'not valid');
      }
      return {
        ...{ tokenId, userId: 'user1', teamId: 'machines', scopes: ['jobs:read' as const] },
        expiresAt: '2999-01-01T00:00:00.000Z',
      };
    });
    await gateway.nc.flush();
  });
  after(async () => {
    for (const one of [...others, gateway]) await one.close();
  });

  type Asked = { method?: 'GET' | 'POST'; url?: string; token?: string; from?: string };
  const ask = ({ method = 'GET', url = '/api/auth/me', token, from = '192.0.2.1' }: Asked) =>
    gateway.app.inject({
      method,
      url,
      headers: { ...(token && { authorization: `Bearer ${token}` }), 'x-forwarded-for': from },
      ...(method === 'POST' && { payload: { email: 'a@example.com', password: 'a long password' } }),
    });
  const statuses = async (times: number, asked: Asked): Promise<Map<number, number>> => {
    const seen = new Map<number, number>();
    for (let time = 0; time < times; time += 1) {
      const { statusCode } = await ask(asked);
      seen.set(statusCode, (seen.get(statusCode) ?? 0) + 1);
    }
    return seen;
  };
  /** Another replica, with the same auth. */
  const another = async (env: Record<string, string>): Promise<GatewayUnderTest> => {
    const one = await gatewayUnderTest(env, gateway.key);
    answerAsOthers(one);
    others.push(one);
    return one;
  };
  const tokenOf = (team: string) => signedToken(gateway.key, claimsOf({ team }));
  const about = (count: number | undefined, expected: number) =>
    assert.ok(count !== undefined && count >= expected && count <= expected + SLACK, String(count));

  it('count by team and refuse with 429, when to come again, and what is left', async () => {
    const token = tokenOf('busy');
    const first = await ask({ token });
    assert.equal(first.headers['ratelimit-policy'], `"team";q=${LIMIT};w=60`);
    assert.match(String(first.headers['ratelimit']), new RegExp(`^"team";r=${LIMIT - 1};t=\\d+$`));
    const seen = await statuses(LIMIT + 20, { token });
    about((seen.get(200) ?? 0) + 1, LIMIT);
    const refused = await ask({ token });
    assert.equal(refused.statusCode, 429);
    assert.equal(refused.json<ErrorBody>().code, 'rate_limited');
    assert.match(refused.json<ErrorBody>().message, /40 requests a minute for one team/);
    const seconds = Number(refused.headers['retry-after']);
    assert.ok(Number.isInteger(seconds) && seconds >= 1 && seconds <= 120, String(seconds));
    assert.equal(refused.headers['ratelimit'], `"team";r=0;t=${seconds}`);
    assert.equal((await ask({ token: tokenOf('idle') })).statusCode, 200, 'another team is served');
  });

  it('count each API token for itself, beside its team', async () => {
    const one = await another({
      LIMIT_REQUESTS_PER_MINUTE: String(2 * LIMIT),
      LIMIT_TOKEN_REQUESTS_PER_MINUTE: '10',
    });
    const me = (token: string) =>
      one.app.inject({ url: '/api/auth/me', headers: { authorization: `Bearer ${token}` } });

    const first = await me(apiToken('a'));
    assert.equal(first.statusCode, 200, first.body);
    assert.equal(first.headers['ratelimit-policy'], `"team";q=${2 * LIMIT};w=60, "token";q=10;w=60`);
    let passed = 1;
    for (let time = 0; time < 10 + SLACK + 5; time += 1) {
      if ((await me(apiToken('a'))).statusCode === 200) passed += 1;
    }
    about(passed, 10);
    const refused = await me(apiToken('a'));
    assert.equal(refused.statusCode, 429);
    assert.match(refused.json<ErrorBody>().message, /10 requests a minute for one token/);
    assert.ok(Number(refused.headers['retry-after']) >= 1);
    const other = await me(apiToken('b'));
    assert.equal(other.statusCode, 200, 'another token of the team is served');
    assert.match(String(other.headers['ratelimit']), /"token";r=9;/);
    const session = await me(tokenOf('machines'));
    assert.equal(session.statusCode, 200, 'so is a session of the team');
    assert.equal(session.headers['ratelimit-policy'], `"team";q=${2 * LIMIT};w=60`);
  });

  it('count what a route refuses its caller too', async () => {
    const token = signedToken(gateway.key, claimsOf({ team: 'refused', role: 'member' }));
    const answer = await ask({ url: '/api/audit', token });
    assert.equal(answer.statusCode, 403);
    assert.match(String(answer.headers['ratelimit']), new RegExp(`r=${LIMIT - 1};`));
  });

  it('count whoever has no valid token by address, and hurt nobody there who has one', async () => {
    const from = '192.0.2.9';
    const guesses = await statuses(15, { token: 'guess', from });
    assert.equal(guesses.get(401), 15);
    const logins = await statuses(15, { method: 'POST', url: '/api/auth/login', from });
    about(logins.get(401), 5);
    assert.equal((await ask({ from })).statusCode, 429);
    assert.equal((await ask({ url: '/nowhere', from })).statusCode, 429);
    const refused = await ask({ token: 'guess', from });
    assert.equal(refused.json<ErrorBody>().code, 'rate_limited');
    assert.ok(Number(refused.headers['retry-after']) >= 1);
    assert.equal((await ask({ token: tokenOf('neighbour'), from })).statusCode, 200);
    assert.equal((await ask({ token: 'guess', from: '192.0.2.10' })).statusCode, 401);
  });

  it('hold back API tokens that are not valid before auth is asked, and none that is known already', async () => {
    const from = '192.0.2.30';
    const valid = () => ask({ token: apiToken('v'), from });
    assert.equal((await valid()).statusCode, 200);
    const fakes = Array.from({ length: 1_000 }, (_, n) => apiToken('f', n));
    const answers = await Promise.all(fakes.slice(0, 500).map((token) => ask({ token, from })));
    for (const token of fakes.slice(500)) answers.push(await ask({ token, from }));
    about(fakesAskedFor, 20);
    assert.equal((await valid()).statusCode, 200);
    assert.equal(new Set(answers.map(({ statusCode }) => statusCode)).size, 2);
    const [refused] = answers.slice(-1);
    assert.equal(refused?.statusCode, 429);
    assert.ok(Number(refused?.headers['retry-after']) >= 1);
    assert.equal((await ask({ token: apiToken('f', 1_001), from: '192.0.2.31' })).statusCode, 401);
  });

  it('do not count probes, public keys, documentation and preflights', async () => {
    const from = '192.0.2.20';
    for (const url of ['/healthz', '/.well-known/jwks.json', '/docs/json']) {
      assert.equal((await statuses(25, { url, from })).get(200), 25, url);
    }
    const headers = { origin: 'https://a.example', 'access-control-request-method': 'GET' };
    for (let time = 0; time < 25; time += 1) {
      await gateway.app.inject({ method: 'OPTIONS', url: '/api/auth/me', headers });
    }
    assert.equal((await ask({ from })).statusCode, 401);
  });

  it('are those of all gateways together', async () => {
    const other = await another({ LIMIT_REQUESTS_PER_MINUTE: String(LIMIT) });
    const headers = { authorization: `Bearer ${tokenOf('spread')}` };
    let passed = 0;
    for (let round = 0; round < LIMIT; round += 1) {
      for (const one of [gateway, other]) {
        if ((await one.app.inject({ url: '/api/auth/me', headers })).statusCode === 200) passed += 1;
      }
      await gateway.counters.sync();
      await other.counters.sync();
    }
    about(passed, LIMIT);
  });

  it('are none where they are 0', async () => {
    const off = { LIMIT_REQUESTS_PER_MINUTE: '0', LIMIT_ADDRESS_REQUESTS_PER_MINUTE: '0' };
    const free = await another(off);
    const answer = await free.app.inject({ url: '/api/auth/me', headers: gateway.bearer });
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.headers['ratelimit'], undefined);
  });
});

describe('the address of a client', () => {
  const addressOf = async (TRUSTED_PROXIES: string, forwarded: string): Promise<string> => {
    const gateway = await gatewayUnderTest({ TRUSTED_PROXIES, LIMIT_ADDRESS_REQUESTS_PER_MINUTE: '1' });
    const ask = (from: string) =>
      gateway.app.inject({ url: '/api/auth/me', headers: { 'x-forwarded-for': from } });
    await ask(forwarded);
    const again = await ask(forwarded.replace(/^[^,]+/, '203.0.113.99'));
    await gateway.close();
    return again.statusCode === 429 ? 'not what the client says' : 'what the proxy says';
  };

  it('is what a trusted proxy saw, and never what anybody else claims', async () => {
    assert.equal(await addressOf('', '198.51.100.1'), 'not what the client says');
    assert.equal(await addressOf('10.0.0.0/8', '198.51.100.1'), 'not what the client says');
    assert.equal(await addressOf('127.0.0.0/8', '198.51.100.1'), 'what the proxy says');
    // The client sent a header of its own, and the proxy added to it.
    assert.equal(await addressOf('127.0.0.1', '1.2.3.4, 198.51.100.1'), 'not what the client says');
  });
});
