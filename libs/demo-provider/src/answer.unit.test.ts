import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerText, piecesOf, usageOf } from './answer.ts';
import { NO_FAULT, PLAIN } from './script.ts';

test('the answer names the question and is the same each time', () => {
  const answer = answerText('What is a sluice?', PLAIN);
  assert.match(answer, /“What is a sluice\?”/);
  assert.equal(answer, answerText('What is a sluice?', PLAIN));
});

test('a long question is named by its first 200 characters, never half a character', () => {
  const answer = answerText('🌊'.repeat(300), PLAIN);
  assert.ok(answer.includes(`“${'🌊'.repeat(200)}”`));
});

test('a size gives exactly that many bytes', () => {
  for (const sizeBytes of [0, 1, 100_000]) {
    assert.equal(Buffer.byteLength(answerText('?', { ...PLAIN, sizeBytes })), sizeBytes);
  }
});

test('an empty answer is empty whatever else is asked for', () => {
  assert.equal(answerText('?', { ...PLAIN, text: 'x', fault: { ...NO_FAULT, empty: true } }), '');
});

const texts = ['', ' ', 'one', ' two  words ', 'a🌊b', answerText('why?', PLAIN), 'x'.repeat(9000)];
const scripts = [PLAIN, { ...PLAIN, chunks: 1 }, { ...PLAIN, chunks: 7 }, { ...PLAIN, sizeBytes: 9000 }];

test('pieces are never empty, and together they are the text', () => {
  for (const script of scripts) {
    for (const text of texts) {
      const pieces = piecesOf(text, script);
      assert.equal(pieces.join(''), text);
      assert.ok(pieces.every((piece) => piece !== '' && piece.isWellFormed()));
    }
  }
});

test('the demo answer is long enough for any number of chunks', () => {
  for (const chunks of [1, 3, 100, 5000]) {
    const script = { ...PLAIN, chunks };
    assert.equal(piecesOf(answerText('hm', script), script).length, chunks);
  }
});

test('a fixed text has at most one chunk a character', () => {
  assert.deepEqual(piecesOf('a🌊b', { ...PLAIN, chunks: 10 }), ['a', '🌊', 'b']);
});

test('usage counts words, and adds up', () => {
  assert.deepEqual(usageOf(['be brief', ' why  is that? '], 'so it is'), {
    prompt_tokens: 5,
    completion_tokens: 3,
    total_tokens: 8,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  });
});
