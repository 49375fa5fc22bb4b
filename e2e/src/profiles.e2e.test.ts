import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type Account, type Stack, startStack } from '@sluice/testing';
import { documentedSealing, type Place, type SealProviderKey } from './documented-sealing.ts';

let stack: Stack;
let account: Account;
let baseUrl: string;
let sealProviderKey: SealProviderKey;

before(async () => {
  stack = await startStack();
  account = await stack.register();
  baseUrl = stack.provider?.url ?? '';
  sealProviderKey = await documentedSealing();
});
after(() => stack?.stop());

const api = (method: string, path: string, body?: object, headers: Record<string, string> = {}) =>
  stack.request(method, path, { token: account.token, headers, ...(body && { body }) });

async function create(body: object): Promise<string> {
  const made = await api('POST', '/api/ai-profiles', {
    ...{ name: 'test', provider: 'openai_compatible', baseUrl, model: 'demo' },
    ...body,
  });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  return made.body.id;
}

async function chat(aiProfileId: string, more: object = {}) {
  const body = { aiProfileId, messages: [{ role: 'user', content: 'Hello' }], ...more };
  const answer = await api('POST', '/api/llm/chat', body, { prefer: 'wait=20' });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body;
}
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

test('a change is in force for the very next job', async () => {
  const id = await create({ apiKey: 'sk-demo-key-1234', model: 'demo?text=0' });
  assert.equal((await chat(id)).result.text, '0');
  for (let round = 1; round <= 10; round += 1) {
    const patch = { model: `demo?text=${round}` };
    const { status, headers } = await api('PATCH', `/api/ai-profiles/${id}`, patch, {
      'if-match': `"${round}"`,
    });
    assert.deepEqual([status, headers.get('etag')], [200, `"${round + 1}"`]);
    assert.equal((await chat(id)).result.text, `${round}`);
  }
  const late = await api('PATCH', `/api/ai-profiles/${id}`, { model: 'demo' }, { 'if-match': '"1"' });
  assert.deepEqual([late.status, late.body.code], [412, 'precondition_failed']);
});

test('a new key is the one that the next job sends', async () => {
  const id = await create({ apiKey: 'sk-first-key-1234', model: 'demo?key=keys' });
  await chat(id);
  await api('PATCH', `/api/ai-profiles/${id}`, { apiKey: 'sk-second-key-5678' });
  await chat(id);
  const { calls } = await stack.providerCalls('keys');
  assert.deepEqual(
    calls.map(({ keySha256 }) => keySha256),
    [sha256('sk-first-key-1234'), sha256('sk-second-key-5678')],
  );
});

test('a job begins with the parameters of its profile, and its own win', async () => {
  const params = { temperature: 0.1, topP: 0.9, maxTokens: 7 };
  const id = await create({ apiKey: 'sk-demo-key-1234', model: 'demo?key=params', params });
  await chat(id, { params: { temperature: 1.5, presencePenalty: 1 } });
  const { calls } = await stack.providerCalls('params');
  const sent = (calls[0]?.body ?? {}) as Record<string, number>;
  assert.deepEqual(
    [sent['temperature'], sent['top_p'], sent['max_tokens'], sent['presence_penalty']],
    [1.5, 0.9, 7, 1],
  );
});

test('a provider that asks for no key is sent none', async () => {
  const id = await create({ provider: 'ollama', model: 'demo?key=keyless' });
  await chat(id);
  const { calls } = await stack.providerCalls('keyless');
  assert.equal(calls.length, 1);
  assert.equal(calls[0]?.keySha256, null);
});

/** A profile whose key was sealed in a browser by the documented recipe. */
async function createSealed(apiKey: string, model: string, change: Partial<Place> = {}): Promise<string> {
  const { body: sealing } = await api('GET', '/api/keys/sealing');
  const { teamId } = account;
  const place = { teamId, provider: 'openai_compatible', baseUrl, ...change };
  const { profileId } = sealing;
  return create({ profileId, model, sealedKey: await sealProviderKey(sealing, place, apiKey) });
}

test('a key that was sealed in the browser opens in a runner', async () => {
  const id = await createSealed('sk-from-the-browser-1', 'demo?key=browser&text=opened');
  const job = await chat(id);
  assert.deepEqual([job.status, job.result.text], ['completed', 'opened']);
  const { body: sealing } = await api('GET', `/api/keys/sealing?profileId=${id}`);
  const place = { teamId: account.teamId, provider: 'openai_compatible', baseUrl };
  const sealedKey = await sealProviderKey(sealing, place, 'sk-from-the-browser-2');
  const changed = await api('PATCH', `/api/ai-profiles/${id}`, { sealedKey });
  assert.deepEqual([changed.status, changed.body.keyHint], [200, null]);
  await chat(id);
  const { calls } = await stack.providerCalls('browser');
  assert.deepEqual(
    calls.map(({ keySha256 }) => keySha256),
    [sha256('sk-from-the-browser-1'), sha256('sk-from-the-browser-2')],
  );
});

test('a key that was sealed for something else is never sent', async () => {
  const wrong: Partial<Place>[] = [
    { baseUrl: 'https://api.openai.com/v1' },
    { provider: 'openai' },
    { slot: 'image' },
    { teamId: 'another' },
  ];
  for (const place of wrong) {
    const id = await createSealed('sk-bound-elsewhere-1', 'demo?key=elsewhere', place);
    const { status, error } = await chat(id);
    assert.deepEqual([status, error.code], ['failed', 'key_unreadable'], JSON.stringify(place));
  }
  assert.equal((await stack.providerCalls('elsewhere')).count, 0);
});

test('a job that waits for a deleted profile fails, and no new one is taken', async () => {
  const id = await create({ apiKey: 'sk-demo-key-1234', model: 'demo?status=503' });
  const body = { aiProfileId: id, messages: [{ role: 'user', content: 'Hello' }], stream: true };
  const events = stack.events('POST', '/api/llm/chat', { token: account.token, body });
  let last: Record<string, unknown> = {};
  for await (const { event, data } of events) {
    last = data;
    if (event !== 'retrying') continue;
    assert.equal((await api('DELETE', `/api/ai-profiles/${id}`)).status, 204);
  }
  assert.equal(last['status'], 'failed');
  assert.equal((last['error'] as { code: string }).code, 'profile_unavailable');
  const refused = await api('POST', '/api/llm/chat', body);
  assert.deepEqual([refused.status, refused.body.details[0].path], [404, 'aiProfileId']);
});
