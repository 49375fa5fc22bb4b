import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { changeProfile, createInvite, refreshSession, switchTeam } from '@sluice/contracts';
import { type GatewayUnderTest, gatewayUnderTest, PROFILE } from '../testing/gateway-under-test.ts';
import type { ErrorBody } from './error-answer.ts';

const JSON_TYPE = 'application/json';
const MERGE_PATCH = 'application/merge-patch+json';
const createdAt = '2026-01-01T00:00:00.000Z';
const SESSION = {
  ...{ accessToken: 'access', expiresIn: 900, refreshToken: 'next' },
  user: { id: 'user1', email: 'ada@example.com', createdAt },
  team: { id: 'team1', name: 'Analytical Engines', createdAt },
};
const INVITE = {
  ...{ id: 'invite1', email: null, role: 'member' as const, createdBy: 'user1', createdAt },
  ...{ expiresAt: createdAt, code: `slinv_${'A'.repeat(43)}` },
};

describe('bodies', () => {
  let gateway: GatewayUnderTest;
  let asked: Record<string, unknown>[] = [];
  before(async () => {
    gateway = await gatewayUnderTest();
    const answering =
      <Reply>(reply: Reply) =>
      async (request: Record<string, unknown>) => {
        asked.push(request);
        return reply;
      };
    gateway.answer(refreshSession, answering(SESSION));
    gateway.answer(switchTeam, answering(SESSION));
    gateway.answer(createInvite, answering(INVITE));
    gateway.answer(changeProfile, answering(PROFILE));
    await gateway.nc.flush();
  });
  after(() => gateway.close());

  type Sent = { type?: string; payload?: string; method?: 'POST' | 'PATCH' | 'DELETE' };
  const send = async (url: string, { type, payload, method = 'POST' }: Sent) => {
    asked = [];
    const headers = {
      ...gateway.bearer,
      cookie: 'sluice_refresh=of-the-cookie',
      ...(type && { 'content-type': type }),
    };
    return gateway.app.inject({ method, url, headers, ...(payload !== undefined && { payload }) });
  };

  it('may be left out where they are optional, whatever type is named', async () => {
    for (const sent of [{}, { type: JSON_TYPE, payload: '' }, { type: JSON_TYPE }, { payload: '' }]) {
      const what = JSON.stringify(sent);
      const refreshed = await send('/api/auth/refresh', sent);
      assert.equal(refreshed.statusCode, 200, `${what} ${refreshed.body}`);
      assert.equal(asked[0]?.['refreshToken'], 'of-the-cookie', what);
      assert.equal((await send('/api/teams/team2/switch', sent)).statusCode, 200, what);
      assert.equal((await send('/api/teams/team1/invites', sent)).statusCode, 201, what);
      assert.deepEqual(asked[0]?.['body'], { role: 'member', expiresInHours: 72 }, what);
    }
  });

  it('are asked for where they are needed', async () => {
    for (const sent of [{}, { type: JSON_TYPE, payload: '' }]) {
      for (const [method, url] of [
        ['POST', '/api/auth/login'],
        ['PATCH', '/api/ai-profiles/profile1'],
      ] as const) {
        const answer = await send(url, { ...sent, method });
        assert.equal(answer.statusCode, 400, url);
        assert.match(answer.json<ErrorBody>().message, /missing/);
      }
    }
  });

  it('may be JSON merge patches for PATCH, and for nothing else', async () => {
    const url = '/api/ai-profiles/profile1';
    const patch = { method: 'PATCH', payload: '{"image":null}' } as const;
    for (const type of [JSON_TYPE, MERGE_PATCH, `${MERGE_PATCH}; charset=utf-8`]) {
      const answer = await send(url, { ...patch, type });
      assert.equal(answer.statusCode, 200, answer.body);
      assert.deepEqual(asked[0]?.['patch'], { image: null });
    }
    const wrong = await send(url, { ...patch, type: MERGE_PATCH, payload: '{"__proto__":{"a":1}}' });
    assert.equal(wrong.statusCode, 400);
    assert.equal((await send(url, { ...patch, type: MERGE_PATCH, payload: '{' })).statusCode, 400);
    const posted = await send('/api/auth/refresh', { type: MERGE_PATCH, payload: '{}' });
    assert.equal(posted.statusCode, 400);
    assert.match(posted.json<ErrorBody>().message, /is for PATCH/);
    const other = await send(url, { ...patch, type: 'application/json-patch+json', payload: '[]' });
    assert.equal(other.statusCode, 400);
  });
});
