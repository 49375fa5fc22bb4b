import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startDemoProvider } from './server.ts';
import { ask, bodyOf, callsOf, contentOf, dataOf, dataUntilFailure, KEY } from './test-client.ts';

const provider = await startDemoProvider();
after(() => provider.close());
const { url } = provider;

test('status gives an error in the form of the API, streamed or not', async () => {
  const cases = [
    ['status=400', 400, 'invalid_request_error', null],
    ['status=401', 401, 'invalid_request_error', 'invalid_api_key'],
    ['status=404', 404, 'invalid_request_error', 'model_not_found'],
    ['status=429', 429, 'requests', 'rate_limit_exceeded'],
    ['status=429&code=insufficient_quota', 429, 'requests', 'insufficient_quota'],
    ['status=503&delay=1', 503, 'server_error', null],
  ] as const;
  for (const [parameters, status, type, code] of cases) {
    for (const stream of [false, true]) {
      const response = await ask(url, `demo?${parameters}`, { stream });
      assert.equal(response.status, status);
      const { error } = await bodyOf(response);
      assert.deepEqual({ ...error, message: '' }, { message: '', type, param: null, code });
    }
  }
});

test('retry-after is sent as it is', async () => {
  const response = await ask(url, 'demo?status=429&retry-after=7');
  assert.equal(response.headers.get('retry-after'), '7');
});

test('with times the first calls fail and the next succeed, for each key and model by itself', async () => {
  const statuses = async (model: string, key: string) => {
    const seen: number[] = [];
    for (let call = 0; call < 4; call += 1) {
      const response = await ask(url, model, { key });
      await response.arrayBuffer();
      seen.push(response.status);
    }
    return seen;
  };
  assert.deepEqual(await statuses('demo?status=500&times=2', 'key-a'), [500, 500, 200, 200]);
  assert.deepEqual(await statuses('demo?status=500&times=2', 'key-b'), [500, 500, 200, 200]);
  assert.deepEqual(await statuses('demo?status=500&times=2&key=other', 'key-a'), [500, 500, 200, 200]);
  assert.deepEqual(await statuses('demo?status=500', 'key-a'), [500, 500, 500, 500]);
});

test('times goes for every fault', async () => {
  const faults = ['cut=0', 'truncate=1', 'html=1', 'echo=key', 'empty=1', 'malformed=1'];
  for (const fault of faults) {
    const model = `demo?${fault}&times=1`;
    await ask(url, model).then(dataUntilFailure, () => undefined);
    const { choices } = await bodyOf(await ask(url, model));
    assert.match(choices[0].message.content, /What is a sluice\?/, fault);
  }
});

test('cut destroys the connection after so many chunks', async () => {
  for (const interval of [0, 1]) {
    const response = await ask(url, `demo?chunks=10&cut=3&interval=${interval}`, { stream: true });
    const { data, failed } = await dataUntilFailure(response);
    assert.equal(failed, true);
    assert.equal(data.length, 1 + 3);
  }
  const whole = await ask(url, 'demo?cut=3');
  assert.equal(whole.status, 200);
  await assert.rejects(whole.text());
});

test('cut at 0 closes the connection without an answer', async () => {
  for (const stream of [false, true]) {
    await assert.rejects(ask(url, 'demo?cut=0', { stream }), { name: 'TypeError' });
  }
});

test('truncate ends the stream cleanly, without finish reason and [DONE]', async () => {
  for (const chunks of [0, 3]) {
    const response = await ask(url, `demo?chunks=10&truncate=${chunks}`, { stream: true });
    const { data, failed } = await dataUntilFailure(response);
    assert.equal(failed, false);
    assert.equal(data.length, 1 + chunks);
    assert.ok(data.every((line) => JSON.parse(line).choices[0].finish_reason === null));
  }
  const text = await (await ask(url, 'demo?truncate=3')).text();
  assert.throws(() => JSON.parse(text), SyntaxError);
});

test('hang sends so many chunks and keeps the connection open', async () => {
  const leaving = new AbortController();
  const response = await ask(url, 'demo?key=hang-3&chunks=10&hang=3', {
    stream: true,
    signal: leaving.signal,
  });
  const reader = (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (text.split('\n\n').length - 1 < 4) {
    text += (await reader.read()).value ?? '';
  }
  const [call] = (await callsOf(url, 'key=hang-3')).calls;
  assert.deepEqual([call?.finished, call?.aborted], [false, false]);
  leaving.abort();
  await assert.rejects(reader.read(), { name: 'AbortError' });
  assert.equal((await callsOf(url, 'key=hang-3&aborted=1')).calls[0]?.aborted, true);
});

test('hang at 0 sends nothing at all', async () => {
  for (const stream of [false, true]) {
    const key = `hang-0-${stream}`;
    const leaving = new AbortController();
    const answer = ask(url, `demo?key=${key}&hang=0`, { stream, signal: leaving.signal });
    await callsOf(url, `key=${key}&count=1`);
    leaving.abort();
    await assert.rejects(answer, { name: 'AbortError' });
  }
});

test('html is a 200 that is not JSON', async () => {
  const response = await ask(url, 'demo?html=1', { stream: true });
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type') ?? '', /^text\/html/);
  assert.match(await response.text(), /^<!doctype html>/);
});

test('echo=key gives an error that repeats the key', async () => {
  const response = await ask(url, 'demo?echo=key');
  assert.equal(response.status, 401);
  assert.match((await bodyOf(response)).error.message, new RegExp(KEY));
  assert.equal((await ask(url, 'demo?echo=key&status=400')).status, 400);
});

test('empty is a finished answer without text', async () => {
  const { choices, usage } = await bodyOf(await ask(url, 'demo?empty=1'));
  assert.equal(choices[0].message.content, '');
  assert.equal(choices[0].finish_reason, 'stop');
  assert.equal(usage.completion_tokens, 0);
  const data = await dataOf(await ask(url, 'demo?empty=1', { stream: true }));
  assert.equal(contentOf(data), '');
  assert.equal(data.length, 3);
});

test('malformed is broken JSON in a whole answer, and in one event of a stream', async () => {
  await assert.rejects(bodyOf(await ask(url, 'demo?malformed=1')), SyntaxError);
  const data = await dataOf(await ask(url, 'demo?malformed=1&chunks=3', { stream: true }));
  const broken = data.filter((line) => line !== '[DONE]' && !isJson(line));
  assert.equal(broken.length, 1);
  assert.equal(data.indexOf(broken[0] ?? ''), 2);
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
