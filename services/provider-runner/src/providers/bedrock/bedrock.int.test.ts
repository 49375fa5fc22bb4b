import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { framesOf, type Replayed, type ReplayServer, startReplayServer } from '@sluice/testing';
import type { Agent } from 'undici';
import { createProviderAgent } from '../http-exchange.ts';
import type { ChatCall, Provider } from '../provider.ts';
import { createBedrock } from './adapter.ts';
import { credentialsOf, regionOf } from './credentials.ts';

const ACCESS = { id: 'AKIAOWNTEST00000001', secret: 'own/secret+of/the/test', session: 'own-session-token' };

let server: ReplayServer;
let dispatcher: Agent;
let provider: Provider;
before(async () => {
  server = await startReplayServer();
  dispatcher = createProviderAgent({ connections: 1, connectMs: 1000, allowedHosts: ['127.0.0.1'] });
  provider = createBedrock({ dispatcher, firstTokenMs: 5000, idleMs: 5000 });
});
after(async () => {
  await dispatcher.destroy();
  await server.close();
});

const TOKENS = { inputTokens: 1, outputTokens: 1, totalTokens: 2 };

const answered = (content: object[], stopReason = 'end_turn', usage: object = TOKENS): Replayed => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  pieces: [
    Buffer.from(
      JSON.stringify({
        output: { message: { role: 'assistant', content } },
        stopReason,
        usage,
      }),
    ),
  ],
});

function ask(more: Partial<ChatCall> = {}) {
  return provider.chat({
    baseUrl: server.url,
    apiKey: 'bedrock-key-4711',
    model: 'eu.anthropic.claude:1',
    messages: [{ role: 'user', content: 'hello' }],
    params: {},
    stream: false,
    signal: new AbortController().signal,
    onDelta: () => undefined,
    ...more,
  });
}

test('an API key goes as bearer, to the path of the model, whatever the environment holds', async (t) => {
  process.env['AWS_BEARER_TOKEN_BEDROCK'] = 'key-of-the-environment';
  t.after(() => delete process.env['AWS_BEARER_TOKEN_BEDROCK']);
  server.play(answered([{ text: 'hi' }]));
  const outcome = await ask({ baseUrl: `${server.url}/` });
  assert.ok(outcome.ok);
  const [request] = server.requests;
  assert.equal(request?.path, '/model/eu.anthropic.claude%3A1/converse');
  assert.equal(request?.headers['authorization'], 'Bearer bedrock-key-4711');
  server.play(answered([{ text: 'hi' }]));
  await ask({ apiKey: `${ACCESS.id}:${ACCESS.secret}` });
  assert.match(String(server.requests[0]?.headers['authorization']), /^AWS4-HMAC-SHA256 /);
});

test('an access key signs the request, and is not sent', async () => {
  server.play(answered([{ text: 'hi' }]));
  const { id, secret, session } = ACCESS;
  assert.ok((await ask({ apiKey: `${id}:${secret}:${session}`, stream: false })).ok);
  const [request] = server.requests;
  const headers = request?.headers ?? {};
  assert.equal(headers['x-amz-security-token'], session);
  assert.doesNotMatch(JSON.stringify(request), /own\/secret/);
  const [, date = '', names = '', signature] =
    /Credential=AKIAOWNTEST00000001\/(\d{8})\/us-east-1\/bedrock\/aws4_request, SignedHeaders=([\w;-]+), Signature=(\w{64})$/.exec(
      String(headers['authorization']),
    ) ?? [];
  // Signature Version 4, as the IAM User Guide derives it.
  const hash = (text: string) => createHash('sha256').update(text).digest('hex');
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const path = encodeURI('/model/eu.anthropic.claude%3A1/converse');
  const canonical = [
    'POST',
    path,
    '',
    ...names.split(';').map((name) => `${name}:${String(headers[name]).trim()}`),
    '',
    names,
    hash(JSON.stringify(request?.body)),
  ].join('\n');
  const toSign = [
    'AWS4-HMAC-SHA256',
    headers['x-amz-date'],
    `${date}/us-east-1/bedrock/aws4_request`,
    hash(canonical),
  ];
  const key = [date, 'us-east-1', 'bedrock', 'aws4_request'].reduce<Buffer>(
    (derived, part) => hmac(derived, part),
    Buffer.from(`AWS4${secret}`),
  );
  assert.equal(signature, hmac(key, toSign.join('\n')).toString('hex'));
});

test('keys and regions are told apart', () => {
  assert.deepEqual(credentialsOf('bedrock-api-key-abc'), { apiKey: 'bedrock-api-key-abc' });
  assert.deepEqual(credentialsOf('with:colon:lower'), { apiKey: 'with:colon:lower' });
  assert.deepEqual(credentialsOf(`${ACCESS.id}:${ACCESS.secret}`), {
    accessKeyId: ACCESS.id,
    secretAccessKey: ACCESS.secret,
  });
  assert.equal(regionOf('https://bedrock-runtime.eu-central-1.amazonaws.com'), 'eu-central-1');
  assert.equal(regionOf('https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com'), 'us-gov-west-1');
  assert.equal(regionOf('https://vpce-1.bedrock-runtime.us-west-2.vpce.amazonaws.com'), 'us-west-2');
  assert.equal(regionOf('https://proxy.example.com'), 'us-east-1');
});

test('a conversation with images, reasoning, tools and their results is written in its form', async () => {
  server.play(answered([{ text: 'hi' }]));
  const outcome = await ask({
    model: 'anthropic.claude-3-7-sonnet',
    messages: [
      { role: 'system', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is it?' },
          { type: 'image', url: 'data:image/png;base64,iVBORw0K' },
        ],
      },
      {
        role: 'assistant',
        reasoning: [{ text: 'Hm.', signature: '{"signature":"c2VhbA=="}' }],
        content: 'I look.',
        toolCalls: [{ id: 't1', name: 'look', argumentsText: '{"far":true}' }],
      },
      { role: 'tool', toolCallId: 't1', content: 'A cat.' },
    ],
    params: { maxTokens: 50, temperature: 0.5, stop: ['END'] },
    tools: [{ name: 'look', parameters: { type: 'object', properties: { far: { type: 'boolean' } } } }],
    toolChoice: 'required',
  });
  assert.ok(outcome.ok, JSON.stringify(outcome));
  const body = server.requests[0]?.body as Record<string, unknown>;
  assert.deepEqual(body['system'], [{ text: 'Be brief.' }]);
  assert.deepEqual(body['inferenceConfig'], { maxTokens: 50, temperature: 0.5, stopSequences: ['END'] });
  assert.deepEqual(body['messages'], [
    {
      role: 'user',
      content: [{ text: 'What is it?' }, { image: { format: 'png', source: { bytes: 'iVBORw0K' } } }],
    },
    {
      role: 'assistant',
      content: [
        { reasoningContent: { reasoningText: { text: 'Hm.', signature: 'c2VhbA==' } } },
        { text: 'I look.' },
        { toolUse: { toolUseId: 't1', name: 'look', input: { far: true } } },
      ],
    },
    { role: 'user', content: [{ toolResult: { toolUseId: 't1', content: [{ text: 'A cat.' }] } }] },
  ]);
  assert.match(JSON.stringify(body['toolConfig']), /"name":"look".*"toolChoice":\{"any":\{\}\}/);
});

test('what the provider sealed comes back as it was', async () => {
  const step = { reasoningContent: { reasoningText: { text: 'Hm.', signature: 'c2VhbA==' } } };
  server.play(answered([step, { text: 'hi' }]));
  const whole = await ask();
  const events = [
    {
      event: 'contentBlockDelta',
      payload: { contentBlockIndex: 0, delta: { reasoningContent: { text: 'Hm.' } } },
    },
    {
      event: 'contentBlockDelta',
      payload: { contentBlockIndex: 0, delta: { reasoningContent: { signature: 'c2VhbA==' } } },
    },
    { event: 'contentBlockStop', payload: { contentBlockIndex: 0 } },
    { event: 'contentBlockDelta', payload: { contentBlockIndex: 1, delta: { text: 'hi' } } },
    { event: 'messageStop', payload: { stopReason: 'end_turn' } },
  ];
  server.play({
    status: 200,
    headers: { 'content-type': 'application/vnd.amazon.eventstream' },
    pieces: [framesOf(events.map((event) => JSON.stringify(event)).join('\n'))],
  });
  const streamed = await ask({ stream: true });
  for (const outcome of [whole, streamed]) {
    assert.ok(outcome.ok);
    assert.deepEqual(outcome.answer.reasoning, [{ text: 'Hm.', signature: '{"signature":"c2VhbA=="}' }]);
  }
});

test('what came from the cache and what went into it are counted', async () => {
  const usage = { ...TOKENS, cacheReadInputTokens: 30, cacheWriteInputTokens: 40 };
  server.play(answered([{ text: 'hi' }], 'end_turn', usage));
  const outcome = await ask();
  assert.ok(outcome.ok);
  assert.equal(outcome.answer.usage?.cachedInputTokens, 30);
  assert.equal(outcome.answer.usage?.cacheWriteTokens, 40);
});

test("a redirect is a failure, and what cannot be asked is the request's fault", async () => {
  server.play({ status: 307, headers: { location: 'http://127.0.0.1:9/' }, pieces: [] });
  const moved = await ask();
  assert.ok(!moved.ok);
  assert.equal(moved.failure.error.provider?.status, 307);
  assert.equal(moved.failure.error.retryable, false);
  const content = [{ type: 'image', url: 'https://example.com/a.png' }] as const;
  const outcome = await ask({ messages: [{ role: 'user', content: [...content] }] });
  assert.ok(!outcome.ok);
  assert.equal(outcome.failure.error.code, 'provider_invalid_request');
});

test('a private address is refused', async () => {
  const guarded = createProviderAgent({ connections: 1, connectMs: 1000, allowedHosts: [] });
  const outcome = await createBedrock({ dispatcher: guarded, firstTokenMs: 5000, idleMs: 5000 }).chat({
    baseUrl: server.url,
    apiKey: 'k',
    model: 'm',
    messages: [{ role: 'user', content: 'hello' }],
    params: {},
    stream: false,
    signal: new AbortController().signal,
    onDelta: () => undefined,
  });
  await guarded.destroy();
  assert.ok(!outcome.ok);
  assert.equal(outcome.failure.error.code, 'profile_unavailable');
});

test('of an error of any size one megabyte is read', async () => {
  const piece = Buffer.from('busy '.repeat(200_000));
  server.play({
    status: 500,
    headers: { 'content-type': 'text/plain' },
    pieces: Array.from({ length: 70 }, () => piece),
  });
  const outcome = await ask();
  assert.ok(!outcome.ok);
  assert.equal(outcome.failure.error.code, 'provider_unavailable');
});

test('a whole answer is read up to 16 MB', async () => {
  server.play(answered([{ text: 'a'.repeat(17_000_000) }]));
  const outcome = await ask();
  assert.ok(!outcome.ok);
  assert.equal(outcome.failure.error.code, 'provider_malformed');
  server.play(answered([{ text: 'a'.repeat(10_000_000) }]));
  assert.ok((await ask()).ok);
});
