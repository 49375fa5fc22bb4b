import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  type Account,
  ownCases,
  type RecordedCase,
  type ReplayServer,
  recordedCases,
  type Stack,
  startReplayServer,
  startStack,
} from '@sluice/testing';
import OpenAI from 'openai';

const recordings = process.env['PROVIDER_RECORDINGS'];
const ADAPTERS = join(import.meta.dirname, '../../services/provider-runner/src/providers');
const groups = [
  { title: 'answers written for every quirk, through the door', cases: ownCases(ADAPTERS), skip: false },
  {
    title: 'recorded answers, through the door',
    cases: recordings === undefined ? [] : recordedCases(recordings),
    skip: recordings === undefined && 'PROVIDER_RECORDINGS names no folder',
  },
];
/** What this API can express; Bedrock's key is none that a profile of a test can have. */
const CHAT_APIS = ['openai-chat', 'openai-responses', 'anthropic-messages', 'gemini'];

const PROVIDER_OF_VENDOR: Readonly<Record<string, string>> = {
  azure: 'azure_openai',
  'openai-compatible': 'openai_compatible',
};
/** A model that makes the adapter use the API of the case. */
const MODEL_OF_API: Readonly<Record<string, string>> = {
  'openai-responses': 'gpt-5',
  'openai-chat': 'gpt-4.1',
};

/** The package's class of error, and its code, by the code of the job that failed. */
const CLASSES: Readonly<Record<string, readonly [new (...args: never[]) => Error, string | null]>> = {
  provider_invalid_request: [OpenAI.BadRequestError, null],
  provider_context_too_long: [OpenAI.BadRequestError, 'context_length_exceeded'],
  provider_content_filtered: [OpenAI.BadRequestError, 'content_filter'],
  provider_model_not_found: [OpenAI.NotFoundError, 'model_not_found'],
  provider_quota_exceeded: [OpenAI.RateLimitError, 'insufficient_quota'],
  provider_rate_limited: [OpenAI.RateLimitError, 'rate_limit_exceeded'],
};
const OTHERS = [OpenAI.InternalServerError, null] as const;

let stack: Stack;
let account: Account;
let server: ReplayServer;
let client: OpenAI;
before(async () => {
  server = await startReplayServer();
  // One attempt: every failure is answered as it is.
  stack = await startStack({ providerUrl: server.url, env: { JOB_MAX_ATTEMPTS: '1' } });
  account = await stack.register();
  client = new OpenAI({ apiKey: account.token, baseURL: `${stack.url}/v1`, maxRetries: 0 });
});
after(async () => {
  await stack?.stop();
  await server?.close();
});

for (const { title, cases, skip } of groups) {
  describe(title, { skip }, () => {
    for (const recorded of cases.filter(({ expected }) => CHAT_APIS.includes(expected.api))) {
      it(`${recorded.name} means what it says`, { timeout: 20_000 }, () => replay(recorded));
    }
  });
}

let made = 0;
async function replay({ vendor, expected, status, headers, body }: RecordedCase): Promise<void> {
  server.play({ status, headers, pieces: [body] });
  made += 1;
  const name = `recorded ${made}`;
  const profile = {
    name,
    provider: PROVIDER_OF_VENDOR[vendor] ?? vendor,
    model: MODEL_OF_API[expected.api] ?? 'recorded-model',
    // One of its own: what fails under one key must not hold up the cases that follow.
    apiKey: `key-of-recording-${made}`,
    baseUrl: server.url,
  };
  const created = await stack.request('POST', '/api/ai-profiles', { token: account.token, body: profile });
  assert.equal(created.status, 201, JSON.stringify(created.body));
  const asked = { model: name, messages: [{ role: 'user', content: 'What was recorded.' }] } as const;
  const seen: Seen = { text: '', reasoning: null };
  const answer = await (expected.streamed ? streamed(asked, seen) : whole(asked)).catch((error: unknown) => {
    if (error instanceof OpenAI.APIError) return error;
    throw error;
  });
  if (answer instanceof Error) await expectFailure(answer, seen, expected);
  else expectAnswer(answer, expected);
}

type Asked = { model: string; messages: readonly [{ role: 'user'; content: string }] };
type Message = OpenAI.ChatCompletionMessage & { reasoning_content?: string };
type Seen = { text: string; reasoning: string | null };
type Answer = OpenAI.ChatCompletion;

const whole = ({ model, messages }: Asked): Promise<Answer> =>
  client.chat.completions.create({ model, messages: [...messages] });

/** As the package itself puts a stream together; what came is there also where the stream fails. */
async function streamed({ model, messages }: Asked, seen: Seen): Promise<Answer> {
  const stream = client.chat.completions.stream({
    model,
    messages: [...messages],
    stream_options: { include_usage: true },
  });
  for await (const { choices } of stream) {
    const delta: { content?: string | null; reasoning_content?: string } = choices[0]?.delta ?? {};
    seen.text += delta.content ?? '';
    if (delta.reasoning_content !== undefined)
      seen.reasoning = (seen.reasoning ?? '') + delta.reasoning_content;
  }
  const completion = await stream.finalChatCompletion();
  const [choice] = completion.choices;
  assert.equal(choice?.message.content ?? '', seen.text);
  if (choice && seen.reasoning !== null) Object.assign(choice.message, { reasoning_content: seen.reasoning });
  return completion;
}

function expectAnswer({ choices, usage }: Answer, expected: RecordedCase['expected']): void {
  assert.equal(expected.outcome, 'completed');
  const [choice] = choices;
  assert.ok(choice);
  const message: Message = choice.message;
  expectText(message.content ?? '', expected.text, 'text');
  expectText(message.reasoning_content ?? null, expected.reasoningText, 'reasoning');
  const calls = (message.tool_calls ?? []).map((call, index) => {
    assert.equal(call.type, 'function');
    assert.ok(call.id);
    const { name, arguments: text } = call.type === 'function' ? call.function : assert.fail();
    return { id: expected.toolCalls[index]?.id === null ? null : call.id, name, arguments: JSON.parse(text) };
  });
  assert.deepEqual(calls, expected.toolCalls);
  assert.equal(choice.finish_reason, expected.finishReason);
  if (expected.usage === null) {
    // A stream's chunks say null until there is something to say.
    assert.equal(usage ?? null, null);
    return;
  }
  const counted = {
    inputTokens: usage?.prompt_tokens,
    outputTokens: usage?.completion_tokens,
    totalTokens: usage?.total_tokens,
    cachedInputTokens: usage?.prompt_tokens_details?.cached_tokens,
    reasoningTokens: usage?.completion_tokens_details?.reasoning_tokens,
  };
  for (const [name, count] of Object.entries(expected.usage)) {
    if (count !== null) assert.equal(counted[name as keyof typeof counted], count, name);
  }
}

async function expectFailure(
  error: InstanceType<typeof OpenAI.APIError>,
  seen: Seen,
  expected: RecordedCase['expected'],
): Promise<void> {
  assert.equal(expected.outcome, 'failed', error.message);
  const jobId = error.headers?.get('x-sluice-job-id');
  const { body: job } = await stack.request('GET', `/api/jobs/${jobId}`, { token: account.token });
  const wanted = expected.error?.jobCode;
  if (wanted !== undefined) assert.equal(job.error.code, wanted);
  const [errorClass, code] = CLASSES[job.error.code] ?? OTHERS;
  if (seen.text !== '' || seen.reasoning !== null || error.status === undefined) {
    // Output was seen: there is no status any more.
    assert.equal(error.status, undefined);
  } else {
    assert.ok(error instanceof errorClass, `${job.error.code} became ${error.constructor.name}`);
  }
  if (code !== null) assert.equal(error.code, code);
  const vendors = expected.error?.message;
  if (vendors) assert.ok(error.message.includes(vendors), error.message);
  if (expected.streamed) expectText(seen.text, expected.text ?? '', 'text before the failure');
}

function expectText(text: string | null, expected: RecordedCase['expected']['text'], what: string): void {
  if (expected === null || typeof expected === 'string') {
    assert.equal(text, expected, what);
    return;
  }
  const sha256 = createHash('sha256')
    .update(text ?? '')
    .digest('hex');
  assert.equal(sha256, expected.sha256, what);
}
