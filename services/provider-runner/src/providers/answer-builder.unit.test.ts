import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeltaContent } from '@sluice/contracts';
import { buildAnswer } from './answer-builder.ts';
import { readCompletion, readCompletionStream } from './openai-compatible/chat-completions/read-answer.ts';

const KEY = 'sk-4711-0123456789abcdef';
const context = { model: 'm', apiKey: KEY, onDelta: () => undefined };

test('a key that is cut into the names of one call is neither in the answer nor in what its deltas join to', () => {
  for (let at = 1; at < KEY.length; at += 1) {
    const deltas: DeltaContent[] = [];
    const answer = buildAnswer({ ...context, onDelta: (delta) => deltas.push(delta) });
    for (const name of [KEY.slice(0, at), KEY.slice(at)]) {
      answer.toolCall({ index: 0, id: 'call', name, argumentsDelta: '' });
      answer.flush();
    }
    answer.finish('stop');
    const outcome = answer.outcome();
    assert.ok(outcome.ok);
    assert.equal(outcome.answer.toolCalls[0]?.name, '[redacted]');
    const joined = deltas.flatMap(({ toolCalls }) => toolCalls?.map(({ name }) => name) ?? []).join('');
    assert.ok(!joined.includes(KEY));
  }
});

test('the last name of a call is its name', () => {
  const answer = buildAnswer(context);
  for (const name of ['weather', 'weather']) answer.toolCall({ index: 0, name });
  answer.finish('stop');
  const outcome = answer.outcome();
  assert.equal(outcome.ok && outcome.answer.toolCalls[0]?.name, 'weather');
});

const codeOf = (outcome: ReturnType<typeof readCompletion>): string =>
  outcome.ok ? `${outcome.answer.toolCalls.length} calls` : outcome.failure.error.code;
const calls = (count: number) => `"tool_calls":[${'{},'.repeat(count - 1)}{}]`;
const completionOf = (count: number) =>
  `{"choices":[{"message":{${calls(count)}},"finish_reason":"tool_calls"}]}`;

test('a whole answer of more tool calls than any model makes is malformed', () => {
  assert.equal(codeOf(readCompletion(completionOf(1024), context)), '1024 calls');
  for (const count of [1025, 100_000, 5_000_000]) {
    assert.equal(codeOf(readCompletion(completionOf(count), context)), 'provider_malformed', String(count));
  }
});

test('a stream is read no further once it has more tool calls than any model makes', () => {
  const reader = readCompletionStream(context);
  const event = (index: number) => `data: {"choices":[{"delta":{"tool_calls":[{"index":${index}}]}}]}\n\n`;
  for (let index = 0; index < 1024; index += 1) reader.feed(Buffer.from(event(index)));
  assert.ok(!reader.ended);
  reader.feed(Buffer.from(event(1024)));
  assert.ok(reader.ended);
  assert.equal(codeOf(reader.outcome()), 'provider_malformed');
});
