import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redactKey } from './key-redaction.ts';

const KEY = 'sk-sk-4711';

test('a key is taken out of a text however the text is cut', () => {
  const text = `first ${KEY}, then s and sk- and ${KEY}${KEY} and sk-sk-471`;
  const wanted = 'first [redacted], then s and sk- and [redacted][redacted] and sk-sk-471';
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
