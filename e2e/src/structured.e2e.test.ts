import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Account, type SseEvent, type Stack, startStack } from '@sluice/testing';

let stack: Stack;
let account: Account;

before(async () => {
  stack = await startStack();
  account = await stack.register();
});
after(() => stack?.stop());

const schema = {
  type: 'object',
  required: ['city'],
  properties: { city: { type: 'string' }, founded: { type: 'string', format: 'date' } },
};
const ROUTE = '/api/llm/structured-test';
const fits = '{"city":"Bern"}';
const profileOf = (script: Record<string, string>) =>
  stack.createProfile(account.token, `demo?${new URLSearchParams(script)}`);
const bodyOf = (aiProfileId: string, more: object = {}) => ({
  aiProfileId,
  messages: [{ role: 'user', content: 'Name a city' }],
  responseFormat: { type: 'json_schema', name: 'city', strict: true, schema },
  ...more,
});
const ask = (body: object, headers: Record<string, string> = { prefer: 'wait=20' }) =>
  stack.request('POST', ROUTE, { token: account.token, body, headers });

test('a caller who waits gets the parsed value, and how it came about', async () => {
  const profile = await profileOf({ text: `Sure:\n\`\`\`json\n${fits}\n\`\`\`` });
  const { status, body } = await ask(bodyOf(profile, { overrideParams: { temperature: 0 } }));
  assert.equal(status, 200);
  assert.deepEqual([body.kind, body.status], ['structured', 'completed']);
  assert.deepEqual(body.result.json, { city: 'Bern' });
  assert.deepEqual(body.result.structured, { source: 'fence', responseFormat: 'native' });
});

test('the same key is the same job; another schema under it is a conflict', async () => {
  const profile = await profileOf({ text: fits });
  const headers = { prefer: 'wait=20', 'idempotency-key': 'city-1' };
  const first = await ask(bodyOf(profile), headers);
  const again = await ask(bodyOf(profile), headers);
  assert.equal(again.body.id, first.body.id);
  assert.equal(again.headers.get('idempotent-replayed'), 'true');
  const other = await ask(bodyOf(profile, { responseFormat: { type: 'json_object' } }), headers);
  assert.deepEqual([other.status, other.body.code], [422, 'idempotency_conflict']);
});

test('a stream shows the first answer, and ends with the corrected value', async () => {
  const profile = await profileOf({ text: 'It is Bern.', times: '1', later: fits });
  const body = bodyOf(profile, { stream: true });
  const all: SseEvent[] = [];
  for await (const event of stack.events('POST', ROUTE, { token: account.token, body })) all.push(event);
  const text = all.map(({ data }) => (data.jobId && data.text) || '').join('');
  assert.equal(text, 'It is Bern.');
  const { event, data } = all.at(-1) ?? {};
  assert.equal(event, 'finished');
  assert.deepEqual(data.result.json, { city: 'Bern' });
  assert.deepEqual(data.result.structured, { source: 'repair', responseFormat: 'native' });
});

test('an answer that never fits is a failed job that keeps the text, by every way of asking', async () => {
  const text = '{"city":"Bern","founded":"long ago"}';
  const profile = await profileOf({ text });
  const { responseFormat, ...chat } = bodyOf(profile);
  const input = { messages: chat.messages, responseFormat };
  for (const [route, body, kind] of [
    [ROUTE, bodyOf(profile), 'structured'],
    ['/api/llm/chat', bodyOf(profile), 'chat'],
    ['/api/jobs', { kind: 'structured', aiProfileId: profile, input }, 'structured'],
  ] as const) {
    const headers = { prefer: 'wait=20' };
    const answer = await stack.request('POST', route, { token: account.token, body, headers });
    assert.equal(answer.status, 200);
    const found = await stack.request('GET', `/api/jobs/${answer.body.id}`, { token: account.token });
    assert.deepEqual(found.body, answer.body);
    const { status, result, error } = answer.body;
    assert.deepEqual([answer.body.kind, status, result], [kind, 'failed', null]);
    assert.deepEqual([error.code, error.retryable, error.text], ['output_invalid', false, text]);
    assert.deepEqual(error.details, [{ path: 'founded', message: 'must match format "date"' }]);
  }
});

test('the OpenAI-compatible door hands on the document alone', async () => {
  const profile = await profileOf({ text: '{"town":"Bern"}', times: '1', later: fits });
  const { status, body } = await stack.request('POST', '/v1/chat/completions', {
    token: account.token,
    body: {
      model: profile,
      messages: [{ role: 'user', content: 'Name a city' }],
      response_format: { type: 'json_schema', json_schema: { name: 'city', schema } },
    },
  });
  assert.equal(status, 200);
  assert.equal(body.choices[0].message.content, fits);
});
