import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startOtlpReceiver } from '@sluice/telemetry/otlp-receiver';
import { type Stack, startStack } from '@sluice/testing';

let stack: Stack;
let receiver: Awaited<ReturnType<typeof startOtlpReceiver>>;
before(async () => {
  receiver = await startOtlpReceiver();
  stack = await startStack({ env: receiver.env });
});
after(async () => {
  await stack.stop();
  await receiver.close();
});

const chat = (token: string, aiProfileId: string) =>
  stack.request('POST', '/api/llm/chat', {
    token,
    body: { aiProfileId, messages: [{ role: 'user', content: 'Hello' }] },
    headers: { prefer: 'wait=20' },
  });

const invited = async (owner: { token: string; teamId: string }): Promise<string> => {
  const path = `/api/teams/${owner.teamId}/invites`;
  const { status, body } = await stack.request('POST', path, { token: owner.token, body: {} });
  assert.equal(status, 201, JSON.stringify(body));
  return body.code;
};

test('a member joins by a code, works with what the owner made, and is out the moment they are removed', async () => {
  const [ada, bob] = [await stack.register(), await stack.register()];
  const profile = await stack.createProfile(ada.token);
  assert.equal((await chat(bob.token, profile)).status, 404);

  const code = await invited(ada);
  const joined = await stack.request('POST', '/api/invites/accept', { token: bob.token, body: { code } });
  assert.deepEqual([joined.status, joined.body.id, joined.body.role], [200, ada.teamId, 'member']);
  const teams = await stack.request('GET', '/api/teams', { token: bob.token });
  assert.deepEqual(
    teams.body.items.map(({ id, role }: { id: string; role: string }) => [id, role]),
    [
      [bob.teamId, 'owner'],
      [ada.teamId, 'member'],
    ],
  );

  const switched = await stack.request('POST', `/api/teams/${ada.teamId}/switch`, { token: bob.token });
  assert.equal(switched.status, 200, JSON.stringify(switched.body));
  assert.equal(switched.body.team.id, ada.teamId);
  const { accessToken: token, refreshToken } = switched.body;
  const done = await chat(token, profile);
  assert.deepEqual([done.status, done.body.status], [200, 'completed']);
  const made = await stack.request('POST', '/api/ai-profiles', {
    token,
    body: { name: 'mine', provider: 'openai', model: 'm', apiKey: 'sk-demo-key-1234' },
  });
  assert.equal(made.status, 403, JSON.stringify(made.body));
  const members = `/api/teams/${ada.teamId}/members`;
  const { userId } = (await stack.request('GET', members, { token })).body.items[1];
  assert.equal(
    (await stack.request('POST', `/api/teams/${ada.teamId}/invites`, { token, body: {} })).status,
    403,
  );

  const removed = await stack.request('DELETE', `${members}/${userId}`, { token: ada.token });
  assert.equal(removed.status, 204);
  assert.equal((await chat(token, profile)).status, 401);
  assert.equal((await stack.request('GET', '/api/auth/me', { token })).status, 401);
  const refreshed = await stack.request('POST', '/api/auth/refresh', { body: { refreshToken } });
  assert.equal(refreshed.status, 401);
  assert.equal((await stack.request('GET', '/api/auth/me', { token: bob.token })).status, 200);
  assert.equal((await stack.request('GET', members, { token: bob.token })).status, 404);
});

test("every route answers 404 for another team's id, and 409 keeps the last owner", async () => {
  const [ada, eve] = [await stack.register(), await stack.register()];
  const { token } = eve;
  const team = `/api/teams/${ada.teamId}`;
  const body = { name: 'Mine' };
  const answers = await Promise.all([
    stack.request('PATCH', team, { token, body }),
    stack.request('POST', `${team}/switch`, { token, body: {} }),
    stack.request('GET', `${team}/members`, { token }),
    stack.request('PATCH', `${team}/members/someone`, { token, body: { role: 'owner' } }),
    stack.request('DELETE', `${team}/members/someone`, { token }),
    stack.request('POST', `${team}/leave`, { token }),
    stack.request('POST', `${team}/invites`, { token, body: {} }),
    stack.request('GET', `${team}/invites`, { token }),
    stack.request('DELETE', `${team}/invites/some`, { token }),
    stack.request('POST', '/api/teams/no.id/leave', { token }),
  ]);
  for (const answer of answers) assert.deepEqual([answer.status, answer.body.code], [404, 'not_found']);
  const left = await stack.request('POST', `${team}/leave`, { token: ada.token });
  assert.deepEqual([left.status, left.body.code], [409, 'conflict']);
});

test('a code in the path is in no log line and in no span', async () => {
  const [ada, bob] = [await stack.register(), await stack.register()];
  const code = await invited(ada);
  const headers = { 'x-request-id': 'accepted-by-path' };
  const { token } = bob;
  const wrong = await stack.request('PUT', `/api/invites/${code}/accept`, { token, headers });
  assert.deepEqual([wrong.status, JSON.stringify(wrong.body).includes(code)], [404, false]);
  const { status } = await stack.request('POST', `/api/invites/${code}/accept`, { token, headers });
  assert.equal(status, 200);
  const again = await stack.request('POST', `/api/invites/${code}/accept`, { token: ada.token, headers });
  assert.equal(again.status, 404);
  const spans = await receiver.waitFor((all) => {
    const own = all.filter(({ attributes }) => attributes['sluice.request_id'] === 'accepted-by-path');
    return own.filter(({ name }) => name === 'POST /api/invites/:code/accept').length === 2;
  });
  const recorded = JSON.stringify(spans, (_key, value) => (typeof value === 'bigint' ? `${value}` : value));
  assert.ok(recorded.includes('/api/invites/[redacted]/accept'));
  assert.ok(!recorded.includes(code));
  const lines = stack.lines();
  assert.ok(lines.some((line) => line.includes('accepted-by-path')));
  assert.ok(!lines.some((line) => line.includes(code)));
});
