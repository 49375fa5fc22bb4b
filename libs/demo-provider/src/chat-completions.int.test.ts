import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startDemoProvider } from './server.ts';
import { ask, bodyOf, contentOf, dataOf } from './test-client.ts';

const provider = await startDemoProvider();
after(() => provider.close());
const { url } = provider;

test('an answer has the form of a chat completion and names the question', async () => {
  const response = await ask(url, 'demo');
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'application/json');
  const { id, created, choices, usage, ...rest } = await bodyOf(response);
  assert.match(id, /^chatcmpl-demo-\d+$/);
  assert.ok(Number.isInteger(created));
  assert.deepEqual(rest, { object: 'chat.completion', model: 'demo' });
  assert.match(choices[0].message.content, /What is a sluice\?/);
  assert.equal(choices[0].message.role, 'assistant');
  assert.equal(choices[0].finish_reason, 'stop');
  assert.equal(usage.prompt_tokens, 4);
  assert.equal(usage.completion_tokens, choices[0].message.content.match(/\S+/g)?.length);
  assert.equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
});

test('a stream begins with the role, ends with the finish reason and [DONE], and says the same text', async () => {
  const whole = await bodyOf(await ask(url, 'demo'));
  const response = await ask(url, 'demo', { stream: true });
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
  const data = await dataOf(response);
  assert.equal(data.pop(), '[DONE]');
  const chunks = data.map((line) => JSON.parse(line));
  assert.equal(chunks[0].choices[0].delta.role, 'assistant');
  assert.equal(chunks.at(-1).choices[0].finish_reason, 'stop');
  assert.ok(chunks.slice(0, -1).every((chunk) => chunk.choices[0].finish_reason === null));
  assert.ok(chunks.every((chunk) => chunk.object === 'chat.completion.chunk' && chunk.id === chunks[0].id));
  assert.ok(chunks.every((chunk) => !('usage' in chunk)));
  assert.equal(contentOf(data), whole.choices[0].message.content);
});

test('include_usage gives a last chunk with the usage and no choices', async () => {
  const whole = await bodyOf(await ask(url, 'demo'));
  const data = await dataOf(
    await ask(url, 'demo', { stream: true, body: { stream_options: { include_usage: true } } }),
  );
  const chunks = data.slice(0, -1).map((line) => JSON.parse(line));
  const last = chunks.pop();
  assert.deepEqual(last.choices, []);
  assert.deepEqual(last.usage, whole.usage);
  assert.ok(chunks.every((chunk) => chunk.usage === null));
});

test('the last user message is answered, also in parts, and all messages count as prompt', async () => {
  const messages = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'First?' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Second?' },
        { type: 'image_url', image_url: { url: 'x' } },
      ],
    },
    { role: 'assistant', content: null },
  ];
  const { choices, usage } = await bodyOf(await ask(url, 'demo', { body: { messages } }));
  assert.match(choices[0].message.content, /“Second\?”/);
  assert.equal(usage.prompt_tokens, 4);
});

test('chunks, with or without an interval, sets the number of content chunks', async () => {
  for (const model of ['demo?chunks=37', 'demo?chunks=5&interval=1&delay=1']) {
    const data = await dataOf(await ask(url, model, { stream: true }));
    const contents = data.slice(1, -2);
    assert.equal(contents.length, Number(/chunks=(\d+)/.exec(model)?.[1]));
    assert.ok(contents.every((line) => JSON.parse(line).choices[0].delta.content !== ''));
  }
});

test('text, size and finish are as asked for, whole and streamed', async () => {
  const cases = [
    ['demo?text=%7B%22a%22%3A1%7D&finish=length', '{"a":1}', 'length'],
    ['demo?size=300000', null, 'stop'],
  ] as const;
  for (const [model, text, finish] of cases) {
    const { choices } = await bodyOf(await ask(url, model));
    const data = await dataOf(await ask(url, model, { stream: true }));
    assert.equal(contentOf(data), choices[0].message.content);
    assert.equal(choices[0].finish_reason, finish);
    assert.equal(JSON.parse(data.at(-2) ?? '').choices[0].finish_reason, finish);
    if (text === null) {
      assert.equal(Buffer.byteLength(choices[0].message.content), 300_000);
    } else {
      assert.equal(choices[0].message.content, text);
    }
  }
});

test('the model is answered as it was asked for, with its parameters', async () => {
  assert.equal((await bodyOf(await ask(url, 'gpt-x?key=k'))).model, 'gpt-x?key=k');
});

test('models are listed', async () => {
  const response = await fetch(`${url}/models`, { headers: { authorization: 'Bearer k' } });
  const { object, data } = await bodyOf(response);
  assert.equal(object, 'list');
  assert.deepEqual(
    data.map((model) => model.id),
    ['demo'],
  );
});

test('without a bearer token: 401 in the form of the API', async () => {
  for (const authorization of [undefined, '', 'Bearer', 'Bearer ', 'Basic abc']) {
    const headers = authorization === undefined ? {} : { authorization };
    const post = await fetch(`${url}/chat/completions`, { method: 'POST', headers, body: '{}' });
    const list = await fetch(`${url}/models`, { headers });
    for (const response of [post, list]) {
      assert.equal(response.status, 401);
      const { error } = await bodyOf(response);
      assert.equal(error.code, 'invalid_api_key');
      assert.equal(error.type, 'invalid_request_error');
    }
  }
});

test('what is not a chat request is a 400 that names the parameter', async () => {
  const post = (body: string) =>
    fetch(`${url}/chat/completions`, { method: 'POST', headers: { authorization: 'Bearer k' }, body });
  const cases = [
    ['{', null],
    ['[]', null],
    ['{"messages":[{}]}', 'model'],
    ['{"model":"demo"}', 'messages'],
    ['{"model":"demo","messages":[]}', 'messages'],
    ['{"model":"demo","messages":["hi"]}', 'messages'],
    ['{"model":"demo?dealy=1","messages":[{}]}', 'model'],
  ] as const;
  for (const [body, param] of cases) {
    const response = await post(body);
    assert.equal(response.status, 400, body);
    const { error } = await bodyOf(response);
    assert.equal(error.param, param, body);
    assert.equal(error.type, 'invalid_request_error');
  }
});

test('an unknown route is a 404 in the form of the API', async () => {
  for (const path of ['/v1/nothing', '//', '/v1/chat/completions']) {
    const response = await fetch(`${url.slice(0, -3)}${path}`);
    assert.equal(response.status, 404);
    assert.equal((await bodyOf(response)).error.code, 'unknown_url');
  }
});
