import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PAYLOADS_BUCKET, topologyOf } from '@sluice/contracts';
import { connect, getMessage, listObjects, type NatsConnection, subjectsIn } from '@sluice/messaging';
import { type Account, type Stack, startStack, testNatsUrlOf } from '@sluice/testing';
import { MongoClient } from 'mongodb';
import { runSluice } from './run-sluice.ts';

let stack: Stack;
let nc: NatsConnection;
let mongo: MongoClient;
const runner = () => stack.services.get('provider-runner-1') ?? assert.fail();
before(async () => {
  stack = await startStack();
  nc = await connect({ url: stack.natsUrl, name: 'team-deletion-test' });
  mongo = await new MongoClient(stack.mongoUrl).connect();
});
after(async () => {
  // Frozen, it would not hear that it shall stop.
  runner().signal('SIGCONT');
  await stack.stop();
  await nc.close();
  await mongo.close();
});

const SECRET = 'sk-marked-secret-of-this-test';

async function request(method: string, path: string, account: Account, body?: unknown, expected = 200) {
  const headers = { prefer: 'wait=20' };
  const answer = await stack.request(method, path, { token: account.token, body, headers });
  assert.equal(answer.status, expected, `${method} ${path}: ${JSON.stringify(answer.body)}`);
  return answer;
}
const chat = (account: Account, aiProfileId: string, content = 'Hello') =>
  request('POST', '/api/llm/chat', account, { aiProfileId, messages: [{ role: 'user', content }] });
const started = async (account: Account, aiProfileId: string): Promise<string> => {
  const { headers, body } = await stack.request('POST', '/api/llm/chat', {
    token: account.token,
    body: { aiProfileId, messages: [{ role: 'user', content: 'Hello' }] },
    headers: { prefer: 'respond-async' },
  });
  assert.ok(headers.get('location'));
  return body.id;
};

/** Everything that a team may have; the second member too. */
async function aTeam() {
  const owner = await stack.register();
  const member = await stack.register();
  const invite = () => request('POST', `/api/teams/${owner.teamId}/invites`, owner, { role: 'member' }, 201);
  const code: string = (await invite()).body.code;
  await request('POST', '/api/invites/accept', member, { code });
  const open: string = (await invite()).body.code;
  const profile = await stack.createProfile(owner.token, 'demo', SECRET);
  await request('PATCH', `/api/ai-profiles/${profile}`, owner, { name: 'Renamed' });
  const scopes = ['jobs:read', 'jobs:write'];
  const made = await request('POST', '/api/tokens', owner, { name: 'ci', scopes }, 201);
  const { body: whole } = await chat(owner, profile);
  assert.equal(whole.status, 'completed');
  const large = Array.from({ length: 20 }, () => ({ role: 'user', content: 'x'.repeat(19_000) }));
  await request('POST', '/api/llm/chat', owner, { aiProfileId: profile, messages: large });
  const name: string = (await request('GET', '/api/auth/me', owner)).body.team.name;
  return { owner, member, profile, name, token: made.body.token as string, codes: [code, open] };
}

/** Where the team is named: collections, subjects and messages of every stream, and the bucket. */
async function tracesOf(teamId: string): Promise<string[]> {
  const traces: string[] = [];
  for (const collection of await mongo.db().collections()) {
    const documents = JSON.stringify(await collection.find().toArray());
    if (documents.includes(teamId)) traces.push(collection.collectionName);
  }
  const { streams } = topologyOf();
  for (const { name } of streams) {
    for (const subject of Object.keys(await subjectsIn(nc, name, '>'))) {
      if (subject.includes(teamId)) traces.push(`${name} ${subject.split('.').at(-1)}`);
    }
    const info = await nc.request(`$JS.API.STREAM.INFO.${name}`);
    const { first_seq, last_seq } = info.json<{ state: { first_seq: number; last_seq: number } }>().state;
    for (let sequence = Math.max(1, first_seq); sequence <= last_seq; sequence += 1) {
      const message = await getMessage(nc, name, sequence);
      const named = message && Buffer.from(message.data).includes(teamId);
      if (named && !message.subject.includes(teamId)) traces.push(`${name} in ${message.subject}`);
    }
  }
  const objects = await listObjects(nc, PAYLOADS_BUCKET, `${teamId}/`);
  return [...traces, ...objects.map(() => 'object')].sort();
}

test('a deleted team leaves its audit log and ends without content; another team keeps everything', {
  timeout: 60_000,
}, async (context) => {
  context.after(() => runner().signal('SIGCONT'));
  const [mine, other] = await Promise.all([aTeam(), aTeam()]);
  const { owner, member } = mine;
  const slow = await stack.createProfile(owner.token, 'demo?delay=60000&key=slow-of-deleted', SECRET);
  const running = await started(owner, slow);
  for (;;) {
    const { body } = await request('GET', `/api/jobs/${running}`, owner);
    if (body.status === 'running') break;
  }
  // Frozen, so that what comes now stays queued.
  runner().signal('SIGSTOP');
  await started(owner, mine.profile);
  const otherBefore = await tracesOf(other.owner.teamId);
  assert.ok((await tracesOf(owner.teamId)).length > 15);

  const path = `/api/teams/${owner.teamId}`;
  await request('DELETE', path, owner, { name: 'not this one' }, 422);
  await request('DELETE', path, owner, {}, 422);
  const forbidden = await request('DELETE', path, member, { name: mine.name }, 403);
  assert.equal(forbidden.body.code, 'forbidden');
  await request('DELETE', path, other.owner, { name: mine.name }, 404);
  const { body } = await request('DELETE', path, owner, { name: mine.name });
  const { messages, ...counted } = body.removed;
  assert.deepEqual(
    { ...body, removed: counted },
    {
      teamId: owner.teamId,
      status: 'deleted',
      removed: { memberships: 2, invites: 1, profiles: 2, tokens: 1, sessions: 1, jobs: 4, objects: 1 },
    },
  );
  assert.ok(messages >= 4 + 2 + 2 + 1, String(messages));

  await request('GET', '/api/jobs', owner, undefined, 401);
  const withToken = await stack.request('GET', '/api/jobs', { token: mine.token });
  assert.equal(withToken.status, 401);
  await request('GET', '/api/auth/me', member);

  runner().signal('SIGCONT');
  const audit = (await tracesOf(owner.teamId)).filter((trace) => /^audit|^AUDIT/.test(trace));
  assert.ok(audit.includes('audit') && audit.includes('AUDIT team'));
  const rest = (await tracesOf(owner.teamId)).filter((trace) => !/^audit|^AUDIT/.test(trace));
  // What ends attempts that were under way, revocations, and what has both services sweep once more: they go by themselves after 20 minutes.
  assert.deepEqual(rest, ['JOBS finished', 'JOBS finished', 'deletedTeams', 'revocations', 'teamAftermath']);

  assert.deepEqual(await tracesOf(other.owner.teamId), otherBefore);
  assert.equal((await chat(other.owner, other.profile)).body.status, 'completed');
});

test('owners read who did what, from where and by which request; no secret is in it', {
  timeout: 60_000,
}, async () => {
  const { owner, member, profile, token, codes } = await aTeam();
  const requestId = 'request-of-the-audit-test';
  const changed = await stack.request('PATCH', `/api/ai-profiles/${profile}`, {
    token: owner.token,
    body: { name: 'Again' },
    headers: { 'x-request-id': requestId },
  });
  assert.equal(changed.status, 200);
  const read = async () => (await request('GET', '/api/audit?limit=200', owner)).body.items;
  let items = await read();
  while (!items.some((item: { requestId: string }) => item.requestId === requestId)) items = await read();

  const actions = items.map(({ action }: { action: string }) => action).sort();
  assert.deepEqual(actions, [
    'invite.created',
    'invite.created',
    'member.joined',
    'profile.changed',
    'profile.changed',
    'profile.created',
    'team.created',
    'token.created',
  ]);
  const [newest] = items;
  const { id: _, at: __, details: ___, ...entry } = newest;
  const userId = (await request('GET', '/api/auth/me', owner)).body.user.id;
  assert.deepEqual(entry, {
    action: 'profile.changed',
    actor: { userId, address: '127.0.0.1' },
    target: { kind: 'profile', id: profile },
    requestId,
    outcome: 'done',
  });
  const found = await request(
    'GET',
    `/api/audit?action=member.joined&target=${items[0].actor.userId}`,
    owner,
  );
  assert.deepEqual(found.body.items, []);

  // Everything that was ever published as audit, not only what is shown.
  const { last_seq } = (await nc.request('$JS.API.STREAM.INFO.AUDIT')).json<{ state: { last_seq: number } }>()
    .state;
  let published = '';
  for (let sequence = 1; sequence <= last_seq; sequence += 1) {
    published += Buffer.from((await getMessage(nc, 'AUDIT', sequence))?.data ?? []).toString();
  }
  const stored = JSON.stringify(await mongo.db().collection('audit').find().toArray());
  for (const text of [JSON.stringify(items), published, stored]) {
    for (const secret of [SECRET, token, ...codes, owner.password, member.password]) {
      assert.ok(!text.includes(secret));
    }
  }
  const asMember = await stack.request('POST', `/api/teams/${owner.teamId}/switch`, { token: member.token });
  assert.equal((await stack.request('GET', '/api/audit', { token: asMember.body.accessToken })).status, 403);
  assert.equal((await stack.request('GET', '/api/audit', { token })).status, 403);
});

test('sluice teams export writes all that is held of a team, and no key, hash or code', {
  timeout: 60_000,
}, async () => {
  const { owner, member, profile, token, codes } = await aTeam();
  // The index is a moment behind.
  let jobIds: string[] = [];
  while (jobIds.length < 2) {
    jobIds = (await request('GET', '/api/jobs', owner)).body.items.map(({ id }: { id: string }) => id);
  }
  const { code, stdout, stderr } = await runSluice(['teams', 'export', owner.teamId], {
    NATS_URL: await testNatsUrlOf('operator'),
  });
  assert.equal(code, 0, stderr);
  const lines: { type: string; data: Record<string, unknown> }[] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const of = (type: string) => lines.filter((line) => line.type === type).map(({ data }) => data);
  assert.deepEqual(
    ['team', 'member', 'invite', 'profile', 'token', 'job'].map((type) => of(type).length),
    [1, 2, 1, 1, 1, 2],
  );
  assert.equal(of('team')[0]?.['id'], owner.teamId);
  assert.deepEqual(
    of('member').map(({ email }) => email),
    [owner.email, member.email],
  );
  assert.equal(of('profile')[0]?.['id'], profile);
  assert.deepEqual(
    of('job')
      .map(({ id }) => id as string)
      .sort(),
    jobIds.sort(),
  );
  const inputs = of('job').map(({ input }) => (input as { messages: unknown[] }).messages.length);
  assert.deepEqual(inputs.sort(), [1, 20]);
  assert.ok(of('audit').length >= 6);

  const db = mongo.db();
  const profiles = await db.collection('profiles').find({ teamId: owner.teamId }).toArray();
  const tokens = await db.collection('api_tokens').find({ teamId: owner.teamId }).toArray();
  const invites = await db.collection('invites').find({ teamId: owner.teamId }).toArray();
  const hidden = [
    ...[SECRET, token, ...codes, owner.password, member.password],
    ...profiles.flatMap(({ sealedKey }) => [sealedKey.ciphertext, sealedKey.enc]),
    ...tokens.map(({ secretHash }) => secretHash),
    ...invites.map(({ codeHash }) => codeHash),
  ];
  assert.ok(hidden.length >= 9 && hidden.every((one) => typeof one === 'string' && one.length > 8));
  for (const secret of hidden) assert.ok(!stdout.includes(secret));

  const exported = () => request('GET', '/api/audit?action=team.exported&actor=operator', owner);
  while ((await exported()).body.items.length === 0);
  assert.equal((await runSluice(['teams', 'export'], {})).code, 2);
  const unknown = await runSluice(['teams', 'export', 'nobody'], {
    NATS_URL: await testNatsUrlOf('operator'),
  });
  assert.deepEqual([unknown.code, unknown.stdout], [1, '']);
});
