import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect, readSubject } from '@sluice/messaging';
import { type Account, type Stack, startStack } from '@sluice/testing';

let stack: Stack;
let ada: Account;
let bob: Account;
let profile: string;

before(async () => {
  stack = await startStack();
  ada = await stack.register();
  bob = await stack.register();
  profile = await stack.createProfile(ada.token);
});
after(() => stack?.stop());

const message = { role: 'user', content: 'Hello' };
const chat = (more: object) => ({ aiProfileId: profile, messages: [message], ...more });

/** One refusal: its status and code, and the field that it names where there is one. */
async function refused(
  request: ReturnType<Stack['request']>,
  status: number,
  code: string,
  path?: string,
): Promise<void> {
  const { status: found, headers, body } = await request;
  assert.equal(found, status, JSON.stringify(body));
  assert.equal(body.status, status);
  assert.equal(body.code, code);
  assert.ok(body.message);
  assert.equal(headers.get('x-request-id'), body.requestId);
  if (path !== undefined) assert.equal(body.details?.[0]?.path, path);
}

test('every bad chat request is a 4xx that names the field, and publishes nothing', async () => {
  const post = (body: unknown, token = ada.token, headers: Record<string, string> = {}) =>
    stack.request('POST', '/api/llm/chat', { token, body, headers });
  await refused(post('{"aiProfileId":'), 400, 'bad_request');
  await refused(post(chat({ messages: 'Hello' })), 422, 'validation_failed', 'messages');
  await refused(post(chat({ stream: 'yes' })), 422, 'validation_failed', 'stream');
  await refused(post(chat({ temprature: 1 })), 422, 'validation_failed', 'temprature');
  await refused(post(chat({ messages: Array(51).fill(message) })), 422, 'validation_failed', 'messages');
  const long = [message, { role: 'user', content: 'x'.repeat(20_001) }];
  await refused(post(chat({ messages: long })), 422, 'validation_failed', 'messages.1.content');
  const huge = [{ role: 'user', content: 'x'.repeat(10 * 1024 * 1024) }];
  // Several times: a connection that is closed too early loses the answer only now and then.
  for (let time = 0; time < 10; time += 1) {
    await refused(post(chat({ messages: huge })), 413, 'payload_too_large');
  }
  await refused(post(chat({ aiProfileId: 'nobodys' })), 404, 'not_found', 'aiProfileId');
  const foreign = await stack.createProfile(bob.token);
  await refused(post(chat({ aiProfileId: foreign })), 404, 'not_found', 'aiProfileId');
  const key = { 'idempotency-key': 'with space' };
  await refused(post(chat({}), ada.token, key), 400, 'bad_request', 'headers.idempotency-key');

  const [header = '', claims = '', signature = ''] = ada.token.split('.');
  const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
  const changed = JSON.parse(Buffer.from(claims, 'base64url').toString());
  const forged = Buffer.from(JSON.stringify({ ...changed, team: bob.teamId })).toString('base64url');
  for (const token of ['', 'a.b.c', `${none}.${claims}.`, `${header}.${forged}.${signature}`]) {
    await refused(post(chat({}), token), 401, 'unauthenticated', 'headers.authorization');
  }

  const nc = await connect({ url: stack.natsUrl, name: 'checker' });
  const published = await readSubject(nc, 'JOBS', 'jobs.>');
  await nc.close();
  assert.equal(published.length, 0);
});

test('a schema that no answer could be checked by is a 422 at every door, with its reason', async () => {
  const format = (schema: unknown) => ({ type: 'json_schema', name: 'thing', schema });
  const structured = (responseFormat: unknown) =>
    stack.request('POST', '/api/llm/structured-test', { token: ada.token, body: chat({ responseFormat }) });
  const path = 'responseFormat.schema';
  await refused(structured(undefined), 422, 'validation_failed', 'responseFormat');
  await refused(structured({ type: 'text' }), 422, 'validation_failed', 'responseFormat.type');
  await refused(structured(format('object')), 422, 'validation_failed', path);
  await refused(structured(format({ type: 'objekt' })), 422, 'validation_failed', path);
  await refused(structured(format({ $ref: 'https://example.com/x' })), 422, 'validation_failed', path);
  await refused(structured(format({ pattern: '(' })), 422, 'validation_failed', path);
  await refused(structured(format({ title: 'x'.repeat(300_000) })), 422, 'validation_failed', path);
  const body = { responseFormat: format({ type: 'objekt' }) };
  const asChat = stack.request('POST', '/api/llm/chat', { token: ada.token, body: chat(body) });
  await refused(asChat, 422, 'validation_failed', path);
  const job = { kind: 'structured', aiProfileId: profile, input: { messages: [message], ...body } };
  const asJob = stack.request('POST', '/api/jobs', { token: ada.token, body: job });
  await refused(asJob, 422, 'validation_failed', `input.${path}`);
  const door = await stack.request('POST', '/v1/chat/completions', {
    token: ada.token,
    body: {
      model: profile,
      messages: [message],
      response_format: { type: 'json_schema', json_schema: { name: 'thing', schema: { type: 'objekt' } } },
    },
  });
  assert.equal(door.status, 400, JSON.stringify(door.body));
  assert.equal(door.body.error.param, 'response_format.json_schema.schema');
});

test("another team's job is not found, nor are its events", async () => {
  const { body } = await stack.request('POST', '/api/llm/chat', {
    token: ada.token,
    body: chat({}),
    headers: { prefer: 'wait=20' },
  });
  assert.equal(body.status, 'completed');
  for (const path of [`/api/jobs/${body.id}`, `/api/jobs/${body.id}/events`]) {
    await refused(stack.request('GET', path, { token: bob.token }), 404, 'not_found', 'id');
    await refused(stack.request('GET', path), 401, 'unauthenticated');
  }
  const { body: list } = await stack.request('GET', '/api/jobs', { token: bob.token });
  assert.deepEqual(list.items, []);
});

test('accounts and profiles: what goes in, what comes out, and what is refused', async () => {
  const { email, password, teamId, token } = ada;
  const login = (given: object) => stack.request('POST', '/api/auth/login', { body: given });
  const { status, body } = await login({ email, password });
  assert.equal(status, 200);
  assert.equal(body.team.id, teamId);
  await refused(login({ email, password: 'not-the-password' }), 401, 'unauthenticated');
  const again = stack.request('POST', '/api/auth/register', { body: { email, password } });
  await refused(again, 409, 'conflict', 'email');
  const me = await stack.request('GET', '/api/auth/me', { token: body.accessToken });
  assert.equal(me.body.user.email, email);

  const list = await stack.request('GET', '/api/ai-profiles', { token });
  assert.deepEqual(
    list.body.items.map(({ id, keyHint }: { id: string; keyHint: string }) => [id, keyHint]),
    [[profile, '1234']],
  );
  assert.doesNotMatch(JSON.stringify(list.body), /sk-demo|sealed|ciphertext/);
  const bad = { name: 'x', provider: 'nobody', model: 'm', apiKey: 'sk-12345678' };
  const made = stack.request('POST', '/api/ai-profiles', { token, body: bad });
  await refused(made, 422, 'validation_failed', 'provider');
});

test('health, readiness and the API description are open', async () => {
  for (const path of ['/healthz', '/readyz', '/docs', '/docs/json', '/.well-known/jwks.json']) {
    assert.equal((await stack.request('GET', path)).status, 200, path);
  }
});
