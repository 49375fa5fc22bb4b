import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Agent } from 'undici';
import { createProviderAgent } from './http-exchange.ts';
import { createOpenAiCompatible } from './openai-compatible/adapter.ts';
import { PRESETS } from './openai-compatible/presets.ts';
import { exchangeWhole } from './whole-exchange.ts';

type Answer = (incoming: IncomingMessage, answer: ServerResponse) => void;

let answerWith: Answer;
const server = createServer((incoming, answer) => {
  incoming.resume();
  answer.on('error', () => undefined);
  answerWith(incoming, answer);
});
let dispatcher: Agent;
let url: string;
before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  dispatcher = createProviderAgent({ connections: 1, connectMs: 5000, allowedHosts: ['127.0.0.1'] });
});
after(async () => {
  await dispatcher.destroy();
  server.closeAllConnections();
  server.close();
});

const JSON_TYPE = { 'content-type': 'application/json' };
const COMPLETION = JSON.stringify({ choices: [{ message: { content: 'hi' }, finish_reason: 'stop' }] });
const STREAM = `data: {"choices":[{"delta":{"content":"hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`;

async function chat(answer: Answer, stream = false) {
  answerWith = answer;
  const { signal } = new AbortController();
  const outcome = await createOpenAiCompatible(PRESETS.openai_compatible, {
    dispatcher,
    firstTokenMs: 60_000,
    idleMs: 60_000,
  }).chat({
    baseUrl: url,
    apiKey: 'plain-key-4711-0123',
    model: 'm',
    messages: [{ role: 'user', content: 'hello' }],
    params: {},
    stream,
    signal,
    onDelta: () => undefined,
  });
  return outcome.ok ? outcome.answer.text : outcome.failure.error;
}
/** The same by the exchange of images and vectors. */
async function fetchWhole(answer: Answer) {
  answerWith = answer;
  const { signal } = new AbortController();
  const read: string[] = [];
  const outcome = await exchangeWhole(
    { dispatcher },
    {
      url: new URL(url),
      headers: {},
      body: '{}',
      signal,
      readBody: (text) => ({ ok: true, answer: text }),
      readError: (_status, _headers, text) => {
        read.push(text);
        return { error: { code: 'provider_unavailable', message: 'refused', retryable: true } };
      },
    },
  );
  return { outcome, read: read[0] };
}

/** Sends without end, until the other side has enough. */
function flood(answer: ServerResponse, piece: string): void {
  const send = (): void => {
    while (!answer.destroyed && answer.write(piece));
  };
  answer.on('drain', send);
  send();
}

test('an answer that goes on after its end mark is broken off, and its connection serves again', async () => {
  let closed: Promise<unknown> | undefined;
  const text = await chat((_incoming, answer) => {
    answer.writeHead(200, { 'content-type': 'text/event-stream' }).write(STREAM);
    const dribble = setInterval(() => answer.write(': x\n'), 50);
    closed = once(answer, 'close').then(() => clearInterval(dribble));
  }, true);
  assert.equal(text, 'hi');
  await closed;
  assert.equal(await chat((_incoming, answer) => answer.writeHead(200, JSON_TYPE).end(COMPLETION)), 'hi');
});

test('of an error without end one megabyte is read', { timeout: 30_000 }, async () => {
  const endless: Answer = (_incoming, answer) => {
    answer.writeHead(500, { 'content-type': 'text/plain' });
    flood(answer, 'busy '.repeat(10_000));
  };
  const error = await chat(endless);
  assert.ok(typeof error === 'object');
  assert.equal(error.code, 'provider_unavailable');
  assert.match(error.provider?.message ?? '', /^busy busy/);
  const { outcome, read } = await fetchWhole(endless);
  assert.ok(!outcome.ok && outcome.failure.error.code === 'provider_unavailable');
  assert.ok((read?.length ?? 0) < 3 * 1024 * 1024);
});

test('a whole answer is read up to 16 MB', async () => {
  const error = await chat((_incoming, answer) => {
    answer.writeHead(200, JSON_TYPE);
    flood(answer, ' '.repeat(64 * 1024));
  });
  assert.ok(typeof error === 'object');
  assert.deepEqual([error.code, /16 MB/.test(error.message)], ['provider_malformed', true]);
});

test('no packed answer is asked for, and one that comes all the same is malformed', async () => {
  const packed =
    (status: number): Answer =>
    ({ headers }, answer) => {
      assert.equal(headers['accept-encoding'], 'identity');
      answer.writeHead(status, { ...JSON_TYPE, 'content-encoding': 'gzip' }).end(gzipSync(COMPLETION));
    };
  const error = await chat(packed(200));
  assert.ok(typeof error === 'object');
  assert.equal(error.code, 'provider_malformed');
  assert.match(error.message, /content-encoding/);
  const refused = await chat(packed(401));
  assert.ok(typeof refused === 'object');
  assert.deepEqual([refused.code, refused.provider?.message], ['provider_authentication', null]);
  const { outcome } = await fetchWhole(packed(200));
  assert.ok(!outcome.ok && outcome.failure.error.code === 'provider_malformed');
});

test('an answer of values that are all wrong, or nested without end, is malformed', async () => {
  const { signal } = new AbortController();
  const wrong = `[${'"x",'.repeat(1_000_000)}"x"]`;
  answerWith = (_incoming, answer) =>
    answer.writeHead(200, JSON_TYPE).end(`{"data":[{"embedding":${wrong}}]}`);
  const vectors = await createOpenAiCompatible(PRESETS.openai_compatible, {
    dispatcher,
    firstTokenMs: 60_000,
    idleMs: 60_000,
  }).embed?.({ baseUrl: url, apiKey: 'k', model: 'm', input: ['a'], signal });
  assert.ok(vectors && !vectors.ok);
  assert.equal(vectors.failure.error.code, 'provider_malformed');
  const deep = '['.repeat(49_000) + ']'.repeat(49_000);
  const message = `{"tool_calls":[{"index":0,"function":{"name":"f","arguments":${deep}}}]}`;
  for (const stream of [false, true]) {
    const body = `{"choices":[{"${stream ? 'delta' : 'message'}":${message},"finish_reason":"stop"}]}`;
    const error = await chat((_incoming, answer) => {
      answer.writeHead(200, { 'content-type': stream ? 'text/event-stream' : 'application/json' });
      answer.end(stream ? `data: ${body}\n\ndata: [DONE]\n\n` : body);
    }, stream);
    assert.ok(typeof error === 'object');
    assert.equal(error.code, 'provider_malformed');
  }
});

test('the letters of a content type may be of either case', async () => {
  const streamed = await chat((_incoming, answer) => {
    answer.writeHead(200, { 'content-type': 'TEXT/Event-Stream' }).end(STREAM);
  }, true);
  assert.equal(streamed, 'hi');
  const page = await chat((_incoming, answer) => {
    answer.writeHead(200, { 'content-type': 'Text/HTML' }).end('<html>');
  });
  assert.ok(typeof page === 'object');
  assert.match(page.message, /web page/);
});

test('a byte-order mark before a whole answer is left out', async () => {
  const text = await chat((_incoming, answer) => answer.writeHead(200, JSON_TYPE).end(`\uFEFF${COMPLETION}`));
  assert.equal(text, 'hi');
});
