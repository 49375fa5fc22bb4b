import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { acceptInvite, listTeams, removeMember, switchTeam } from '@sluice/contracts';
import { type GatewayUnderTest, gatewayUnderTest } from '../testing/gateway-under-test.ts';
import { claimsOf, signedToken } from '../testing/signed-token.ts';

const at = '2026-01-01T00:00:00.000Z';
const CODE = `slinv_${'A'.repeat(43)}`;
let gateway: GatewayUnderTest;
/** What auth was asked. */
const asked: object[] = [];
before(async () => {
  gateway = await gatewayUnderTest();
  gateway.answer(switchTeam, async (request) => {
    asked.push(request);
    return {
      accessToken: 'access',
      expiresIn: 900,
      refreshToken: 'refresh',
      user: { id: 'user1', email: 'ada@example.com', createdAt: at },
      team: { id: request.teamId, name: 'Second', createdAt: at },
    };
  });
  gateway.answer(acceptInvite, async (request) => {
    asked.push(request);
    return { id: 'team2', name: 'Second', role: 'member' as const, createdAt: at };
  });
  gateway.answer(listTeams, async (request) => {
    asked.push(request);
    return { items: [], nextCursor: null };
  });
  gateway.answer(removeMember, async (request) => {
    asked.push(request);
    return {};
  });
});
after(() => gateway.close());

const send = (method: 'POST' | 'DELETE' | 'GET', url: string, payload?: object) =>
  gateway.app.inject({ method, url, headers: gateway.bearer, ...(payload && { payload }) });
const actor = { userId: 'user1', teamId: 'team1', address: '127.0.0.1' };

test('auth is told the team of the path, and who asks from which team', async () => {
  assert.equal((await send('POST', '/api/teams/team2/leave')).statusCode, 204);
  assert.deepEqual(asked.pop(), { actor, teamId: 'team2', userId: 'user1' });
  assert.equal((await send('DELETE', '/api/teams/team2/members/user2')).statusCode, 204);
  assert.deepEqual(asked.pop(), { actor, teamId: 'team2', userId: 'user2' });
});

test('a switch needs no body, and gives the cookie of the new session', async () => {
  const answer = await send('POST', '/api/teams/team2/switch');
  assert.equal(answer.statusCode, 200, answer.body);
  assert.deepEqual(asked.pop(), { actor, teamId: 'team2' });
  assert.match(String(answer.headers['set-cookie']), /^sluice_refresh=refresh; .*HttpOnly; SameSite=Strict/);
  await send('POST', '/api/teams/team2/switch', { refreshToken: 'the old one' });
  assert.deepEqual(asked.pop(), { actor, teamId: 'team2', refreshToken: 'the old one' });
  assert.equal((await send('POST', '/api/teams/team2/switch', { team: 'x' })).statusCode, 422);
});

test('the list of teams takes a limit of 1 to 200, 50 by default, and a cursor', async () => {
  for (const [query, passed] of [
    ['', { limit: 50 }],
    ['?limit=200&cursor=a-b', { limit: 200, cursor: 'a-b' }],
    ['?limit=1', { limit: 1 }],
  ] as const) {
    assert.equal((await send('GET', `/api/teams${query}`)).statusCode, 200);
    assert.deepEqual(asked.pop(), { userId: 'user1', query: passed });
  }
  for (const query of ['limit=0', 'limit=201', 'limit=x', 'limit=1.5', 'page=2']) {
    const answer = await send('GET', `/api/teams?${query}`);
    assert.equal(answer.statusCode, 422, query);
  }
  assert.deepEqual(asked, []);
});

test('a switch tells auth which session asks: a browser sends its refresh cookie to /api/auth alone', async () => {
  const token = signedToken(gateway.key, claimsOf({ sid: 'session1' }));
  const headers = { authorization: `Bearer ${token}` };
  const url = '/api/teams/team2/switch';
  assert.equal((await gateway.app.inject({ method: 'POST', url, headers })).statusCode, 200);
  assert.deepEqual(asked.pop(), { actor, teamId: 'team2', sessionId: 'session1' });
});

test('a code is taken from the body or the path, and no log line has it', async () => {
  for (const answer of [
    await send('POST', '/api/invites/accept', { code: CODE }),
    await send('POST', `/api/invites/${CODE}/accept`),
  ]) {
    assert.equal(answer.statusCode, 200, answer.body);
    assert.deepEqual(asked.pop(), { actor, code: CODE });
  }
  const unknown = await send('GET', '/api/invites/half-a-code/accept');
  assert.equal(unknown.statusCode, 404);
  assert.match(unknown.body, /\/api\/invites\/\[redacted\]\/accept/);
  const lines = gateway.lines.join('');
  assert.match(lines, /\/api\/invites\/:code\/accept/);
  assert.doesNotMatch(lines, /slinv_|half-a-code/);
});

test('what cannot be an id is 404, and auth is not asked', async () => {
  for (const url of ['/api/teams/no.id/leave', '/api/teams/a%20b/leave']) {
    assert.equal((await send('POST', url)).statusCode, 404, url);
  }
  assert.equal((await send('DELETE', '/api/teams/team1/members/no.id')).statusCode, 404);
  assert.deepEqual(asked, []);
});
