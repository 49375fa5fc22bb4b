import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureOfVendorError } from './answer-failures.ts';
import { answerWithoutKey, redactKey } from './key-redaction.ts';

const KEY = 'sk-sk-4711-0123456';

test('a key is taken out of a text however the text is cut', () => {
  const text = `first ${KEY}, then s and sk- and ${KEY}${KEY} and sk-sk-4711-012345`;
  const wanted = 'first [redacted], then s and sk- and [redacted][redacted] and sk-sk-4711-012345';
  for (let size = 1; size <= text.length; size += 1) {
    const redaction = redactKey(KEY);
    let shown = '';
    for (let at = 0; at < text.length; at += size) shown += redaction.next(text.slice(at, at + size));
    assert.equal(shown + redaction.rest(), wanted, `in pieces of ${size}`);
  }
});

test('what is no beginning of the key is shown at once, and without a key everything', () => {
  assert.equal(redactKey(KEY).next('hello '), 'hello ');
  assert.equal(redactKey('').next('anything'), 'anything');
});

test('a key that is no secret but a word stays in answers, and is taken out of errors all the same', () => {
  for (const word of ['ollama', 'EMPTY', 'a'.repeat(15)]) {
    const redaction = redactKey(word);
    assert.equal(redaction.next(`Install ${word}`) + redaction.rest(), `Install ${word}`);
    assert.equal(answerWithoutKey(`Install ${word}`, word), `Install ${word}`);
    const error = { message: `wrong key ${word}`, code: null };
    const failed = failureOfVendorError('provider_authentication', {
      status: 401,
      headers: {},
      apiKey: word,
      error,
    });
    assert.equal(failed.error.provider?.message, 'wrong key [redacted]');
  }
  assert.equal(answerWithoutKey('a'.repeat(16), 'a'.repeat(16)), '[redacted]');
});
