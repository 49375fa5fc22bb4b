import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { describe, test } from 'node:test';
import { type Replayed, startReplayServer } from '@sluice/testing';
import { createProviderAgent } from '../http-exchange.ts';
import type { ChatCall } from '../provider.ts';
import { createOpenAiCompatible } from './adapter.ts';
import { PRESETS } from './presets.ts';

async function listening(answer: RequestListener) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

async function chatWith(baseUrl: string, allowedHosts: string[]) {
  const dispatcher = createProviderAgent({ connections: 1, connectMs: 1000, allowedHosts });
  const provider = createOpenAiCompatible(PRESETS.openai_compatible, {
    dispatcher,
    firstTokenMs: 5000,
    idleMs: 5000,
  });
  const outcome = await provider.chat({
    baseUrl,
    apiKey: 'plain-key-4711',
    model: 'm',
    messages: [{ role: 'user', content: 'hello' }],
    params: {},
    stream: false,
    signal: new AbortController().signal,
    onDelta: () => undefined,
  });
  await dispatcher.destroy();
  return outcome;
}

test('a redirect is a failure: neither the key nor the request goes to where it points', async (t) => {
  let followed = 0;
  const other = await listening((_incoming, answer) => {
    followed += 1;
    answer.end('{}');
  });
  const provider = await listening((_incoming, answer) => {
    answer.writeHead(307, { location: `http://127.0.0.1:${other.port}/chat/completions` }).end();
  });
  t.after(() => [other, provider].map(({ server }) => server.close()));
  const outcome = await chatWith(`http://127.0.0.1:${provider.port}`, ['127.0.0.1']);
  assert.ok(!outcome.ok);
  assert.equal(outcome.failure.error.provider?.status, 307);
  assert.equal(outcome.failure.error.retryable, false);
  assert.equal(followed, 0);
});

test('a host that resolves to a private address fails for good, and says why', async () => {
  const outcome = await chatWith(`http://${hostname()}:9`, []);
  assert.ok(!outcome.ok);
  assert.equal(outcome.failure.error.code, 'profile_unavailable');
  assert.equal(outcome.failure.error.retryable, false);
  assert.match(outcome.failure.error.message, /private address/);
});

describe('a call that is refused in one form', () => {
  const answer = (status: number, body: object): Replayed => ({
    status,
    headers: { 'content-type': 'application/json' },
    pieces: [Buffer.from(JSON.stringify(body))],
  });
  const completion = answer(200, {
    model: 'answered',
    choices: [{ message: { content: 'by chat' }, finish_reason: 'stop' }],
  });
  const response = answer(200, {
    status: 'completed',
    output: [{ type: 'message', content: [{ type: 'output_text', text: 'by responses' }] }],
  });

  async function withProvider(
    run: (
      ask: (
        more: Partial<ChatCall>,
        ...answers: Replayed[]
      ) => Promise<{ outcome: unknown; paths: string[] }>,
    ) => Promise<void>,
  ): Promise<void> {
    const server = await startReplayServer();
    const dispatcher = createProviderAgent({ connections: 1, connectMs: 1000, allowedHosts: ['127.0.0.1'] });
    const provider = createOpenAiCompatible(PRESETS.openai, { dispatcher, firstTokenMs: 5000, idleMs: 5000 });
    try {
      await run(async (more, ...answers) => {
        server.play(...answers);
        const outcome = await provider.chat({
          baseUrl: server.url,
          apiKey: 'plain-key-4711',
          model: 'some-model',
          messages: [{ role: 'user', content: 'hello' }],
          params: {},
          stream: false,
          signal: new AbortController().signal,
          onDelta: () => undefined,
          ...more,
        });
        return {
          outcome: outcome.ok
            ? { text: outcome.answer.text, dropped: outcome.answer.responseFormatDropped }
            : outcome.failure.error.code,
          paths: server.requests.map(({ path }) => path),
        };
      });
    } finally {
      await dispatcher.destroy();
      await server.close();
    }
  }

  test('is made in the other, which is where the next one begins', () =>
    withProvider(async (ask) => {
      const refusal = answer(404, { error: { message: 'Not a chat model. Use v1/responses.' } });
      const first = await ask({}, refusal, response);
      assert.deepEqual(first, {
        outcome: { text: 'by responses', dropped: undefined },
        paths: ['/v1/chat/completions', '/v1/responses'],
      });
      assert.deepEqual((await ask({}, response)).paths, ['/v1/responses']);
      assert.deepEqual((await ask({ model: 'another' }, completion)).paths, ['/v1/chat/completions']);
    }));

  test('prefers responses for gpt-5, and falls back to chat completions', () =>
    withProvider(async (ask) => {
      const refusal = answer(404, { detail: 'Not Found' });
      const { outcome, paths } = await ask({ model: 'openai/gpt-5-mini' }, refusal, completion);
      assert.deepEqual(paths, ['/v1/responses', '/v1/chat/completions']);
      assert.deepEqual(outcome, { text: 'by chat', dropped: undefined });
    }));

  test('an unknown model is asked for twice, and the first refusal is what is told', () =>
    withProvider(async (ask) => {
      const unknown = answer(404, {
        error: { message: 'The model does not exist', code: 'model_not_found' },
      });
      const other = answer(400, { error: { message: 'no such route' } });
      assert.deepEqual(await ask({}, unknown, other), {
        outcome: 'provider_model_not_found',
        paths: ['/v1/chat/completions', '/v1/responses'],
      });
      assert.equal((await ask({}, unknown)).paths.length, 2);
    }));

  test('a response format that is refused is dropped once, and the answer says so', () =>
    withProvider(async (ask) => {
      const responseFormat = { type: 'json_object' } as const;
      const refusal = answer(400, { error: { message: "'response_format' is not supported by this model" } });
      const { outcome, paths } = await ask({ responseFormat }, refusal, completion);
      assert.deepEqual(outcome, { text: 'by chat', dropped: true });
      assert.equal(paths.length, 2);
      const again = await ask({ responseFormat }, refusal, refusal, refusal);
      assert.equal(again.outcome, 'provider_invalid_request');
      assert.ok(again.paths.length <= 2, 'and never loops');
    }));
});

test('reasoning without a seal comes back to be sent again where the vendor wants it, and nowhere else', async () => {
  const server = await startReplayServer();
  const dispatcher = createProviderAgent({ connections: 1, connectMs: 1000, allowedHosts: ['127.0.0.1'] });
  const message = { content: 'Yes.', reasoning_content: 'Hm' };
  const body = JSON.stringify({ choices: [{ message, finish_reason: 'stop' }] });
  try {
    for (const [preset, reasoning] of [
      [PRESETS.deepseek, [{ text: 'Hm' }]],
      [PRESETS.kimi, [{ text: 'Hm' }]],
      [PRESETS.mistral, undefined],
    ] as const) {
      server.play({
        status: 200,
        headers: { 'content-type': 'application/json' },
        pieces: [Buffer.from(body)],
      });
      const provider = createOpenAiCompatible(preset, { dispatcher, firstTokenMs: 5000, idleMs: 5000 });
      const outcome = await provider.chat({
        ...{ baseUrl: server.url, apiKey: 'plain-key-4711', model: 'some-model', params: {}, stream: false },
        messages: [{ role: 'user', content: 'hello' }],
        signal: new AbortController().signal,
        onDelta: () => undefined,
      });
      assert.ok(outcome.ok);
      assert.deepEqual(outcome.answer.reasoning, reasoning);
    }
  } finally {
    await dispatcher.destroy();
    await server.close();
  }
});
