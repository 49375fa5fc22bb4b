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

const chatOf = (aiProfileId: string, more: object = {}) => ({
  aiProfileId,
  messages: [{ role: 'user', content: 'What is a sluice?' }],
  ...more,
});
const chat = (body: object, headers: Record<string, string> = {}) =>
  stack.request('POST', '/api/llm/chat', { token: account.token, body, headers });
const textOf = (events: SseEvent[]) => events.map(({ data }) => data.text ?? '').join('');

async function collect(events: AsyncIterable<SseEvent>): Promise<SseEvent[]> {
  const all: SseEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

test('a caller who waits gets the finished job', async () => {
  const profile = await stack.createProfile(account.token, 'demo?text=Hello+there');
  const { status, headers, body } = await chat(chatOf(profile, { metadata: { scene: '7' } }), {
    prefer: 'wait=20',
    'x-request-id': 'my-request-id-1',
  });
  assert.equal(status, 200);
  assert.equal(headers.get('x-request-id'), 'my-request-id-1');
  assert.equal(headers.get('location'), `/api/jobs/${body.id}`);
  assert.equal(headers.get('preference-applied'), 'wait=20');
  assert.equal(body.status, 'completed');
  assert.equal(body.result.text, 'Hello there');
  assert.equal(body.result.finishReason, 'stop');
  assert.equal(body.requestId, 'my-request-id-1');
  assert.match(body.traceId, /^[0-9a-f]{32}$/);
  assert.ok(body.result.usage.totalTokens > 0);
  assert.deepEqual(body.metadata, { scene: '7' });
  assert.equal(body.attempts.length, 1);

  const later = await stack.request('GET', `/api/jobs/${body.id}`, { token: account.token });
  assert.equal(later.status, 200);
  assert.deepEqual(later.body, body);
});

test('a caller who does not wait gets 202, and finds the job at once', async () => {
  const profile = await stack.createProfile(account.token, 'demo?delay=300');
  const { status, headers, body } = await chat(chatOf(profile));
  assert.equal(status, 202);
  assert.equal(headers.get('location'), `/api/jobs/${body.id}`);
  assert.ok(['queued', 'running'].includes(body.status));
  const found = await stack.request('GET', `/api/jobs/${body.id}`, { token: account.token });
  assert.equal(found.status, 200);
  const events = await collect(stack.events('GET', `/api/jobs/${body.id}/events`, { token: account.token }));
  assert.equal(events.at(-1)?.data.status, 'completed');
});

test('a wait that is too short ends with 202 and the job goes on', async () => {
  const profile = await stack.createProfile(account.token, 'demo?delay=1500&text=late');
  const { status, body } = await chat(chatOf(profile), { prefer: 'wait=1' });
  assert.equal(status, 202);
  assert.equal(body.result, null);
  const events = await collect(stack.events('GET', `/api/jobs/${body.id}/events`, { token: account.token }));
  assert.equal(events.at(-1)?.data.result.text, 'late');
});

test('the live stream carries the whole answer in order, then the job', async () => {
  const profile = await stack.createProfile(account.token, 'demo?chunks=20&interval=10');
  const events = await collect(
    stack.events('POST', '/api/llm/chat', {
      token: account.token,
      headers: { accept: 'text/event-stream', 'x-request-id': 'streamed-1' },
      body: chatOf(profile),
    }),
  );
  const names = events.map(({ event }) => event);
  assert.equal(names[0], 'requested');
  assert.equal(names[1], 'started');
  assert.equal(names.at(-1), 'finished');
  const deltas = events.filter(({ event }) => event === 'delta');
  assert.deepEqual(
    deltas.map(({ data }) => data.index),
    deltas.map((_, index) => index),
  );
  assert.ok(deltas.length >= 20);
  const finished = events.at(-1)?.data;
  assert.equal(textOf(deltas), finished.result.text);
  assert.equal(finished.status, 'completed');
  for (const { data } of events) {
    assert.equal(data.requestId, 'streamed-1');
    assert.equal(data.jobId, finished.id);
    assert.ok(data.at);
  }
});

test('a reader resumes after any event of a running job without loss or doubling', async () => {
  const profile = await stack.createProfile(account.token, 'demo?chunks=40&interval=25');
  const abort = new AbortController();
  const seen: SseEvent[] = [];
  const reading = stack.events('POST', '/api/llm/chat', {
    token: account.token,
    body: chatOf(profile, { stream: true }),
    signal: abort.signal,
  });
  for await (const event of reading) {
    seen.push(event);
    if (event.event === 'delta' && event.data.index === 9) break;
  }
  abort.abort();
  const { jobId } = seen[0]?.data ?? {};
  const rest = await collect(
    stack.events('GET', `/api/jobs/${jobId}/events`, {
      token: account.token,
      headers: { 'last-event-id': seen.at(-1)?.id ?? '' },
    }),
  );
  assert.equal(rest[0]?.event, 'delta');
  assert.equal(rest[0]?.data.index, 10);
  assert.equal(textOf([...seen, ...rest]), rest.at(-1)?.data.result.text);
});

test('a finished job is replayed from the start, from the middle, and not after its end', async () => {
  const profile = await stack.createProfile(account.token, 'demo?chunks=8');
  const first = await collect(
    stack.events('POST', '/api/llm/chat', { token: account.token, body: chatOf(profile, { stream: true }) }),
  );
  const path = `/api/jobs/${first[0]?.data.jobId}/events`;
  const from = (id: string) =>
    collect(stack.events('GET', path, { token: account.token, headers: id ? { 'last-event-id': id } : {} }));
  const again = await from('');
  assert.deepEqual(
    again.map(({ event, id }) => [event, id]),
    first.map(({ event, id }) => [event, id]),
  );
  const middle = await from(first[4]?.id ?? '');
  assert.deepEqual(
    middle.map(({ id }) => id),
    first.slice(5).map(({ id }) => id),
  );
  assert.deepEqual(await from(first.at(-1)?.id ?? ''), []);
});

test('a job without stream has no deltas; respond-async is always 202', async () => {
  const profile = await stack.createProfile(account.token);
  const { body } = await chat(chatOf(profile), { prefer: 'wait=20' });
  const events = await collect(stack.events('GET', `/api/jobs/${body.id}/events`, { token: account.token }));
  assert.deepEqual(
    events.map(({ event }) => event),
    ['requested', 'started', 'finished'],
  );
  const async = await chat(chatOf(profile, { stream: true }), { prefer: 'respond-async' });
  assert.equal(async.status, 202);
});

test('the same idempotency key fifty times at once is one provider call', async () => {
  const profile = await stack.createProfile(account.token, 'demo?delay=200&key=fifty');
  const answers = await Promise.all(
    Array.from({ length: 50 }, () =>
      chat(chatOf(profile), { 'idempotency-key': 'order-66', prefer: 'wait=20' }),
    ),
  );
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  assert.equal(new Set(answers.map(({ body }) => body.id)).size, 1);
  assert.equal(answers.filter(({ headers }) => headers.get('idempotent-replayed') === null).length, 1);
  const calls = await stack.providerCalls('fifty');
  assert.equal(calls.count, 1);

  const other = await chat(chatOf(profile, { params: { maxTokens: 9 } }), { 'idempotency-key': 'order-66' });
  assert.equal(other.status, 422);
  assert.equal(other.body.code, 'idempotency_conflict');
  const streamed = await collect(
    stack.events('POST', '/api/llm/chat', {
      token: account.token,
      headers: { 'idempotency-key': 'order-66' },
      body: chatOf(profile, { stream: true }),
    }),
  );
  assert.equal(streamed.at(-1)?.data.id, answers[0]?.body.id);
});

test('input and answer above the size of a message travel by reference', async () => {
  const profile = await stack.createProfile(account.token, 'demo?size=600000');
  const messages = Array.from({ length: 50 }, () => ({ role: 'user', content: 'ä'.repeat(20_000) }));
  const { status, body } = await chat({ aiProfileId: profile, messages }, { prefer: 'wait=30' });
  assert.equal(status, 200);
  assert.equal(body.status, 'completed');
  assert.equal(body.result.text.length, 600_000);
  const found = await stack.request('GET', `/api/jobs/${body.id}`, { token: account.token });
  assert.equal(found.body.result.text, body.result.text);
});

test('a fault that may pass is tried again, one that may not ends the job', async () => {
  const passing = await stack.createProfile(account.token, 'demo?status=503&times=1&key=passing');
  const retried = await chat(chatOf(passing), { prefer: 'wait=30' });
  assert.equal(retried.body.status, 'completed');
  assert.equal(retried.body.attempt, 2);
  assert.equal(retried.body.attempts[0].error.code, 'provider_overloaded');

  const lasting = await stack.createProfile(account.token, 'demo?status=401');
  const failed = await chat(chatOf(lasting), { prefer: 'wait=30' });
  assert.equal(failed.status, 200);
  assert.equal(failed.body.status, 'failed');
  assert.equal(failed.body.error.code, 'provider_authentication');
  assert.equal(failed.body.error.provider.status, 401);
  assert.equal(failed.body.result, null);
});

test('a stream that fails midway says so and starts again', async () => {
  const profile = await stack.createProfile(account.token, 'demo?chunks=6&interval=5&cut=3&times=1');
  const events = await collect(
    stack.events('POST', '/api/llm/chat', { token: account.token, body: chatOf(profile, { stream: true }) }),
  );
  const names = events.map(({ event }) => event).filter((name, place, all) => name !== all[place - 1]);
  assert.deepEqual(names, ['requested', 'started', 'delta', 'retrying', 'started', 'delta', 'finished']);
  const second = events.slice(events.findIndex(({ event }) => event === 'retrying'));
  assert.equal(textOf(second), events.at(-1)?.data.result.text);
});

test('every log line that concerns a job carries its request id and trace id', async () => {
  const profile = await stack.createProfile(account.token);
  const { body } = await chat(chatOf(profile), { prefer: 'wait=20', 'x-request-id': 'everywhere-42' });
  await stack.services.get('provider-runner-1')?.waitForLine(body.id);
  await stack.service('gateway').waitForLine('everywhere-42');
  await stack.service('jobs').waitForLine(body.id);
  const lines = stack.lines().filter((line) => line.includes(body.id) || line.includes('everywhere-42'));
  for (const line of lines) {
    assert.match(line, /"requestId":"everywhere-42"/);
    assert.match(line, new RegExp(`"traceId":"${body.traceId}"`));
  }
});
