import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError, type Provider } from '@sluice/contracts';
import { decideSlots, type Place, type SlotQuestion } from './decide-slots.ts';

const place = (chat: string, image = chat, provider: Provider = 'openai'): Place => ({
  provider,
  origins: { chat, image },
});
const A = 'https://a.example';
const B = 'https://b.example';
const held = (chat: boolean, image: boolean, at = place(A, image ? B : A)) => ({
  place: at,
  held: { chat, image },
});
const key = { apiKey: 'sk-1' };
const decide = (question: Partial<SlotQuestion>) =>
  decideSlots({ before: null, after: place(A), given: { chat: {}, image: undefined }, ...question });

const refusedAt = (paths: string[], question: Partial<SlotQuestion>) =>
  assert.throws(
    () => decide(question),
    (error) => {
      assert.ok(error instanceof AppError);
      assert.equal(error.code, 'validation_failed');
      assert.deepEqual(
        error.details?.map(({ path }) => path),
        paths,
      );
      return true;
    },
  );

test('a key that is given is sealed, in its own slot', () => {
  assert.deepEqual(decide({ given: { chat: key, image: undefined } }), { chat: 'seal', image: 'none' });
  assert.deepEqual(decide({ after: place(A, B), given: { chat: key, image: { sealedKey: {} } } }), {
    chat: 'seal',
    image: 'seal',
  });
});

test('a new profile needs a key, unless its provider asks for none', () => {
  refusedAt(['apiKey'], {});
  for (const provider of ['ollama', 'vllm'] as const) {
    assert.deepEqual(decide({ after: place(A, B, provider) }), { chat: 'none', image: 'none' });
  }
});

test('one of the two forms of a key, not both', () => {
  refusedAt(['sealedKey', 'image.sealedKey'], {
    given: { chat: { ...key, sealedKey: {} }, image: { ...key, sealedKey: {} } },
  });
});

test('keys stay where provider and origins stay', () => {
  assert.deepEqual(decide({ before: held(true, true), after: place(A, B) }), { chat: 'keep', image: 'keep' });
});

test('a slot whose origin changes needs its key again, and only that slot', () => {
  refusedAt(['apiKey'], { before: held(true, true), after: place(B, B) });
  refusedAt(['image.apiKey'], { before: held(true, true), after: place(A, A) });
  assert.deepEqual(
    decide({ before: held(true, true), after: place(B, B), given: { chat: key, image: undefined } }),
    {
      chat: 'seal',
      image: 'keep',
    },
  );
});

test('another provider needs both keys again', () => {
  refusedAt(['apiKey', 'image.apiKey'], { before: held(true, true), after: place(A, B, 'groq') });
  refusedAt(['image.apiKey'], {
    before: held(true, true),
    after: place(A, B, 'groq'),
    given: { chat: key, image: undefined },
  });
});

test('images from another host than text need a key of their own', () => {
  refusedAt(['image.apiKey'], { after: place(A, B), given: { chat: key, image: {} } });
  assert.deepEqual(decide({ given: { chat: key, image: {} } }), { chat: 'seal', image: 'none' });
  // Text moves away, and leaves images behind that used its key.
  refusedAt(['image.apiKey'], {
    before: held(true, false, place(A, A)),
    after: place(B, A),
    given: { chat: key, image: undefined },
  });
});

test('null takes a key away where none is needed', () => {
  refusedAt(['apiKey'], { before: held(true, false), given: { chat: { apiKey: null }, image: undefined } });
  const vllm = place(A, B, 'vllm');
  assert.deepEqual(
    decide({
      before: held(true, true, vllm),
      after: vllm,
      given: { chat: { apiKey: null }, image: { apiKey: null } },
    }),
    { chat: 'none', image: 'none' },
  );
  assert.deepEqual(
    decide({ before: held(true, true), after: place(A), given: { chat: {}, image: { apiKey: null } } }),
    { chat: 'keep', image: 'none' },
  );
});

test('with the image settings their key goes', () => {
  assert.deepEqual(decide({ before: held(true, true), given: { chat: {}, image: null } }), {
    chat: 'keep',
    image: 'none',
  });
});

test('a key does not follow to a provider that asks for none', () => {
  refusedAt(['apiKey'], { before: held(true, false), after: place(A, A, 'vllm') });
});
