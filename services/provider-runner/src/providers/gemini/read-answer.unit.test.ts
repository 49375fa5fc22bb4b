import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readContent } from './read-answer.ts';

const ended = (finishReason: string) =>
  readContent(JSON.stringify({ candidates: [{ content: { parts: [{ text: 'So' }] }, finishReason }] }), {
    model: 'gemini-2.5-flash',
    apiKey: 'plain-key-4711',
  });

for (const [reason, code] of [
  ['OTHER', 'provider_unavailable'],
  ['MALFORMED_RESPONSE', 'provider_malformed'],
  ['MALFORMED_FUNCTION_CALL', 'provider_malformed'],
] as const) {
  test(`an answer that ends with ${reason} has failed, and is tried again`, () => {
    const outcome = ended(reason);
    assert.ok(!outcome.ok);
    assert.equal(outcome.failure.error.code, code);
    assert.equal(outcome.failure.error.retryable, true);
  });
}

test('images that may not be shown are filtered content', () => {
  for (const reason of ['IMAGE_PROHIBITED_CONTENT', 'IMAGE_SAFETY']) {
    const outcome = ended(reason);
    assert.equal(outcome.ok && outcome.answer.finishReason, 'content_filter');
  }
});
