import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitDelta } from './split-delta.ts';

test('an ordinary delta stays as it is', () => {
  const content = { text: 'a', toolCalls: [{ index: 0, id: 'x' }] };
  assert.deepEqual(splitDelta(content), [content]);
});

test('a large text is split without a loss, each part below 64 KB and no character torn', () => {
  const text = `a${'🌍'.repeat(60_000)}`;
  const parts = splitDelta({ text, reasoningText: 'why' });
  assert.equal(parts.map((part) => part.text ?? '').join(''), text);
  assert.equal(parts.map((part) => part.reasoningText ?? '').join(''), 'why');
  for (const part of parts) {
    assert.ok(Buffer.byteLength(JSON.stringify(part)) < 65_536);
    assert.ok(part.text?.isWellFormed() ?? true);
  }
});

test('large arguments are split, and the name of the call is said once', () => {
  const parts = splitDelta({
    toolCalls: [{ index: 2, id: 'i', name: 'n', argumentsDelta: 'x'.repeat(40_000) }],
  });
  const calls = parts.flatMap(({ toolCalls = [] }) => toolCalls);
  assert.equal(calls.map(({ argumentsDelta }) => argumentsDelta).join('').length, 40_000);
  assert.deepEqual(
    calls.map(({ index, id }) => [index, id]),
    [
      [2, 'i'],
      [2, undefined],
      [2, undefined],
    ],
  );
});
