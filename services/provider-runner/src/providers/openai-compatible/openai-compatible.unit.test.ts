import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeltaContent } from '@sluice/contracts';
import { readCompletion, readCompletionStream } from './chat-completions/read-answer.ts';
import { readResponse } from './responses/read-answer.ts';

const KEY = 'plain-key-4711-0815';

function read(events: readonly (object | string)[], cut = Infinity) {
  const deltas: DeltaContent[] = [];
  const reader = readCompletionStream({
    model: 'asked',
    apiKey: KEY,
    onDelta: (delta) => deltas.push(delta),
  });
  const bytes = Buffer.from(
    events
      .map((event) => (typeof event === 'string' ? event : `data: ${JSON.stringify(event)}\n\n`))
      .join(''),
  );
  for (let at = 0; at < bytes.length; at += cut)
    reader.feed(bytes.subarray(at, Math.min(bytes.length, at + cut)));
  return { deltas, outcome: reader.outcome() };
}
const DONE = 'data: [DONE]\n\n';
const chunk = (delta: object, finish: string | null = null) => ({
  id: 'c1',
  model: 'answered',
  choices: [{ index: 0, delta, finish_reason: finish }],
});

test('a stream cut at every byte gives the same text', () => {
  const events = [
    ': comment\n\n',
    chunk({ content: 'Grüße, 世界 🌍' }),
    chunk({ content: '!' }),
    chunk({}, 'stop'),
  ];
  for (const cut of [1, 2, 3, 7, Infinity]) {
    const { outcome } = read([...events, DONE], cut);
    assert.ok(outcome.ok);
    assert.equal(outcome.answer.text, 'Grüße, 世界 🌍!');
    assert.equal(outcome.answer.model, 'answered');
  }
});

test('usage is taken from the finish chunk, or from a last one without choices', () => {
  const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 };
  const withFinish = read([chunk({ content: 'a' }), { ...chunk({}, 'stop'), usage }, DONE]);
  const after = read([chunk({ content: 'a' }), chunk({}, 'stop'), { choices: [], usage }, DONE]);
  for (const { outcome } of [withFinish, after]) {
    assert.ok(outcome.ok);
    assert.deepEqual(outcome.answer.usage, {
      inputTokens: 3,
      outputTokens: 4,
      totalTokens: 7,
      cachedInputTokens: null,
      reasoningTokens: null,
    });
  }
});

test('usage is read under either naming and wherever vendors put it', () => {
  const chat = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 };
  const responses = { input_tokens: 9, output_tokens: 4, total_tokens: 13 };
  const context = { model: 'm', apiKey: KEY };
  const usageOf = (outcome: ReturnType<typeof readCompletion>) => {
    assert.ok(outcome.ok);
    return outcome.answer.usage;
  };
  const whole = (more: object, inChoice: object = {}) =>
    usageOf(
      readCompletion(
        JSON.stringify({ choices: [{ message: { content: 'a' }, ...inChoice }], ...more }),
        context,
      ),
    );
  const streamed = (end: object) =>
    usageOf(read([chunk({ content: 'a' }), chunk({}, 'stop'), end, DONE]).outcome);
  const byResponses = (usage: object) => {
    const output = [{ type: 'message', content: [{ type: 'output_text', text: 'a' }] }];
    return usageOf(readResponse(JSON.stringify({ status: 'completed', output, usage }), context));
  };
  const counted = {
    ...{ inputTokens: 9, outputTokens: 4, totalTokens: 13 },
    ...{ cachedInputTokens: null, reasoningTokens: null },
  };
  for (const usage of [chat, responses, { ...chat, input_tokens: 0, output_tokens: 0 }]) {
    assert.deepEqual(whole({ usage }), counted);
    assert.deepEqual(byResponses(usage), counted);
    assert.deepEqual(whole({}, { usage }), counted);
    assert.deepEqual(whole({ x_groq: { id: 'r', usage } }), counted);
    assert.deepEqual(streamed({ choices: [{ delta: {}, usage }] }), counted);
    assert.deepEqual(streamed({ choices: [], x_groq: { usage } }), counted);
  }
  // Kimi's name, and the details of the other API.
  assert.equal(whole({ usage: { ...chat, cached_tokens: 5 } })?.cachedInputTokens, 5);
  const details = {
    input_tokens_details: { cached_tokens: 5 },
    output_tokens_details: { reasoning_tokens: 2 },
  };
  assert.deepEqual(whole({ usage: { ...responses, ...details } }), {
    ...counted,
    ...{ cachedInputTokens: 5, reasoningTokens: 2 },
  });
});

test('an answer that DeepSeek broke off for want of machines is a failure to be tried again', () => {
  const reason = 'insufficient_system_resource';
  const usage = { prompt_tokens: 9, completion_tokens: 4 };
  const body = { choices: [{ message: { content: 'half an' }, finish_reason: reason }], usage };
  for (const outcome of [
    readCompletion(JSON.stringify(body), { model: 'm', apiKey: KEY }),
    read([chunk({ content: 'half an' }), { ...chunk({}, reason), usage }, DONE]).outcome,
  ]) {
    assert.ok(!outcome.ok);
    const { error, used } = outcome.failure;
    assert.deepEqual([error.code, error.retryable], ['provider_overloaded', true]);
    assert.equal(used?.usage.outputTokens, 4, 'what it used is counted');
  }
});

test('reasoning is kept apart from text, under either name', () => {
  const { outcome, deltas } = read([
    chunk({ reasoning_content: 'think' }),
    chunk({ reasoning: 'ing' }),
    chunk({ content: 'done' }, 'stop'),
    DONE,
  ]);
  assert.ok(outcome.ok);
  assert.deepEqual([outcome.answer.reasoningText, outcome.answer.text], ['thinking', 'done']);
  assert.deepEqual(deltas, [{ reasoningText: 'think' }, { reasoningText: 'ing' }, { text: 'done' }]);
});

test('fragments of tool calls are put together by index', () => {
  const call = (index: number, part: object, id?: string) =>
    chunk({ tool_calls: [{ index, ...(id && { id }), function: part }] });
  const { outcome } = read([
    call(0, { name: 'add', arguments: '{"a"' }, 'one'),
    call(1, { name: 'now', arguments: '' }, 'two'),
    call(0, { arguments: ':1}' }),
    chunk({}, 'tool_calls'),
    DONE,
  ]);
  assert.ok(outcome.ok);
  assert.deepEqual(outcome.answer.toolCalls, [
    { id: 'one', name: 'add', arguments: { a: 1 }, argumentsText: '{"a":1}' },
    { id: 'two', name: 'now', arguments: {}, argumentsText: '' },
  ]);
});

test('calls that share an index, or have none, are told apart by their ids and names', () => {
  const namesOf = (chunks: readonly object[][]) => {
    const { outcome } = read([
      ...chunks.map((calls) => chunk({ tool_calls: calls })),
      chunk({}, 'stop'),
      DONE,
    ]);
    assert.ok(outcome.ok);
    return outcome.answer.toolCalls.map(({ name, argumentsText }) => `${name} ${argumentsText}`);
  };
  const of = (name: string, city: string) => ({ name, arguments: `{"city":"${city}"}` });
  const wanted = ['weather {"city":"Bern"}', 'time {"city":"Rome"}'];
  const [first, second] = [of('weather', 'Bern'), of('time', 'Rome')];
  // Ollama: every call with index 0, each whole; then the same without any index, without an id, and in one chunk.
  for (const place of [{ index: 0 }, {}]) {
    const calls = [
      { ...place, id: 'a', function: first },
      { ...place, id: 'b', function: second },
    ];
    assert.deepEqual(namesOf(calls.map((call) => [call])), wanted);
    assert.deepEqual(namesOf([calls]), wanted);
  }
  assert.deepEqual(namesOf([[{ function: first }], [{ function: second }]]), wanted);
  // In pieces: what follows belongs to the call that began last, and a repeated or made-up id begins none.
  const pieces = (id: object) => [
    [{ index: 0, id: 'a', function: { name: 'weather', arguments: '{"city":' } }],
    [{ index: 0, ...id, function: { arguments: '"Bern"}' } }],
    [{ index: 0, id: 'b', function: { name: 'time', arguments: '{"city":' } }],
    [{ index: 0, function: { arguments: '"Rome"}' } }],
  ];
  for (const id of [{}, { id: 'a' }, { id: 'made-up' }]) assert.deepEqual(namesOf(pieces(id)), wanted);
});

test('an error inside a stream ends it with its own code', () => {
  const codeOf = (error: unknown) => {
    const { outcome } = read([chunk({ content: 'a' }), { error }]);
    assert.ok(!outcome.ok);
    return outcome.failure.error.code;
  };
  assert.equal(codeOf({ message: 'slow down', code: 429 }), 'provider_rate_limited');
  assert.equal(codeOf({ message: 'busy', type: 'overloaded_error' }), 'provider_overloaded');
  assert.equal(codeOf({ message: 'oops', type: 'server_error' }), 'provider_unavailable');
  assert.equal(codeOf('oops'), 'provider_unavailable');
});

test('a stream without an end is truncated, one without content is empty', () => {
  for (const [events, code] of [
    [[chunk({ content: 'a' })], 'provider_truncated'],
    [[], 'provider_truncated'],
    [[chunk({ content: 'a' }, 'stop')], 'provider_truncated'],
    [[chunk({}, 'stop'), DONE], 'provider_empty_answer'],
    [['data: {"id"\n\n'], 'provider_malformed'],
  ] as const) {
    const { outcome } = read(events);
    assert.ok(!outcome.ok);
    assert.equal(outcome.failure.error.code, code);
  }
});

test('a content filter inside a 200 is an answer', () => {
  const body = { choices: [{ message: { content: '' }, finish_reason: 'content_filter' }] };
  const outcome = readCompletion(JSON.stringify(body), { model: 'asked', apiKey: KEY });
  assert.ok(outcome.ok);
  assert.deepEqual([outcome.answer.finishReason, outcome.answer.model], ['content_filter', 'asked']);
});

test('an answer that repeats the key shows it neither whole nor streamed', () => {
  const sent = JSON.stringify({ choices: [{ message: { content: `sent ${KEY}` } }] });
  const whole = readCompletion(sent, { model: 'm', apiKey: KEY });
  assert.ok(whole.ok);
  assert.equal(whole.answer.text, 'sent [redacted]');
  const deltas: DeltaContent[] = [];
  const reader = readCompletionStream({ model: 'm', apiKey: KEY, onDelta: (delta) => deltas.push(delta) });
  const chunk = { choices: [{ delta: { content: `sent ${KEY}` }, finish_reason: 'stop' }] };
  reader.feed(Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`));
  assert.deepEqual(deltas, [{ text: 'sent [redacted]' }]);
  assert.ok(!JSON.stringify(reader.outcome()).includes(KEY));
});

test('content in parts and arguments as an object are read too', () => {
  const message = {
    content: [
      { type: 'thinking', thinking: [] },
      { type: 'text', text: 'yes' },
    ],
    tool_calls: [{ function: { name: 'f', arguments: { a: 1 } } }],
  };
  const outcome = readCompletion(JSON.stringify({ choices: [{ message }] }), { model: 'asked', apiKey: KEY });
  assert.ok(outcome.ok);
  assert.equal(outcome.answer.text, 'yes');
  const [call] = outcome.answer.toolCalls;
  assert.match(call?.id ?? '', /^call_\w{26}$/, 'an id of our own where none was sent');
  assert.deepEqual([call?.name, call?.arguments, call?.argumentsText], ['f', { a: 1 }, '{"a":1}']);
});
