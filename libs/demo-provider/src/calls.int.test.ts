import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, test } from 'node:test';
import { startDemoProvider } from './server.ts';
import { ask, callsOf, KEY } from './test-client.ts';

const provider = await startDemoProvider();
after(() => provider.close());
const { url } = provider;
const keySha256 = createHash('sha256').update(KEY).digest('hex');

test('a call is recorded with its headers and body, and without the key', async () => {
  await fetch(`${url}/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${KEY}`,
      'api-key': KEY,
      'x-api-key': KEY,
      'x-goog-api-key': KEY,
      cookie: KEY,
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    },
    body: JSON.stringify({
      model: 'demo?key=one',
      messages: [{ role: 'user', content: 'hi' }],
      temperature: 0.5,
    }),
  }).then((response) => response.arrayBuffer());

  const summary = await callsOf(url, 'key=one');
  assert.equal(summary.count, 1);
  assert.equal(summary.aborted, 0);
  const [call] = summary.calls;
  assert.ok(call !== undefined);
  const { requestHeaders, body, startedAt, endedAt, ...rest } = call;
  assert.deepEqual(rest, {
    label: 'one',
    model: 'demo?key=one',
    stream: false,
    keySha256,
    status: 200,
    finished: true,
    aborted: false,
  });
  assert.equal(requestHeaders['traceparent'], '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
  assert.deepEqual(body, {
    model: 'demo?key=one',
    messages: [{ role: 'user', content: 'hi' }],
    temperature: 0.5,
  });
  assert.ok(Date.parse(startedAt) <= Date.parse(endedAt ?? ''));
  assert.ok(!JSON.stringify(provider.calls).includes(KEY));
});

test('a call with a large body is recorded without it', async () => {
  const messages = [{ role: 'user', content: 'x'.repeat(5000) }];
  await (await ask(url, 'demo?key=large', { body: { messages } })).arrayBuffer();
  assert.equal((await callsOf(url, 'key=large')).calls[0]?.body, null);
});

test('calls are counted by the key parameter, refused and failed ones too', async () => {
  await Promise.all(
    ['demo?key=many', 'demo?key=many&status=500', 'demo?key=many&chunks=5&cut=1', 'demo?key=few'].map(
      async (model) => (await ask(url, model, { stream: true })).text().catch(() => undefined),
    ),
  );
  await fetch(`${url}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'demo?key=many', messages: [{}] }),
  }).then((response) => response.arrayBuffer());
  const { count, aborted, calls } = await callsOf(url, 'key=many&count=4');
  assert.deepEqual([count, aborted, calls.length], [4, 0, 4]);
  assert.deepEqual(calls.map((call) => call.status).sort(), [200, 200, 401, 500]);
  assert.equal((await callsOf(url, 'key=few')).count, 1);
});

test('a client that leaves is counted as aborted: before the first token, and in the middle', async () => {
  const before = new AbortController();
  const early = ask(url, 'demo?key=left&delay=600000', { signal: before.signal });
  await callsOf(url, 'key=left&count=1');
  before.abort();
  await assert.rejects(early, { name: 'AbortError' });

  const middle = new AbortController();
  const response = await ask(url, 'demo?key=left&chunks=10&interval=600000', {
    stream: true,
    signal: middle.signal,
  });
  await (response.body ?? new ReadableStream()).getReader().read();
  middle.abort();

  const { count, aborted, calls } = await callsOf(url, 'key=left&aborted=2');
  assert.deepEqual([count, aborted], [2, 2]);
  assert.ok(calls.every((call) => call.aborted && !call.finished && call.endedAt !== null));
});

test('a delayed stream sends its headers first', async () => {
  const leaving = new AbortController();
  const response = await ask(url, 'demo?delay=600000', { stream: true, signal: leaving.signal });
  assert.equal(response.status, 200);
  leaving.abort();
});

test('DELETE forgets the calls of one key, then all', async () => {
  const model = 'demo?key=gone&status=500&times=1';
  const statusOf = async () => {
    const response = await ask(url, model);
    await response.arrayBuffer();
    return response.status;
  };
  assert.deepEqual([await statusOf(), await statusOf()], [500, 200]);
  await (await ask(url, 'demo?key=stays')).arrayBuffer();
  const total = (await callsOf(url, '')).count;

  assert.equal((await fetch(new URL('/_calls?key=gone', url), { method: 'DELETE' })).status, 204);
  assert.deepEqual(await callsOf(url, 'key=gone'), { count: 0, aborted: 0, calls: [] });
  assert.equal((await callsOf(url, 'key=stays')).count, 1);
  assert.equal((await callsOf(url, '')).count, total - 2);
  assert.equal(await statusOf(), 500);

  await fetch(new URL('/_calls', url), { method: 'DELETE' });
  assert.deepEqual(await callsOf(url, ''), { count: 0, aborted: 0, calls: [] });
});
