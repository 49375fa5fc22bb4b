import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildAnswer } from './answer-builder.ts';

const nested = (depth: number) => `{"a":${'['.repeat(depth - 1)}"["${']'.repeat(depth - 1)}}`;

function callOf(argumentsDelta: string) {
  const answer = buildAnswer({ model: 'm', apiKey: 'plain-key-4711', onDelta: () => undefined });
  answer.toolCall({ index: 0, id: 'call', name: 'tool', argumentsDelta });
  answer.finish('tool_calls');
  const outcome = answer.outcome();
  assert.ok(outcome.ok);
  return outcome.answer.toolCalls[0];
}

test('arguments that are nested deeper than anybody can write again are there as text alone', () => {
  assert.deepEqual(callOf(nested(100))?.arguments, JSON.parse(nested(100)));
  for (const depth of [101, 100_000]) {
    const call = callOf(nested(depth));
    assert.equal(call?.arguments, null, String(depth));
    assert.equal(call?.argumentsText, nested(depth));
    JSON.stringify(call);
  }
});
