import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adapterUnderTest, answerOf } from '../testing/adapter-under-test.ts';
import { decideBatches } from './decide-batches.ts';

test('batches keep the order and both limits; a text that is too long goes alone', () => {
  assert.deepEqual(decideBatches(['a', 'b', 'c'], { inputs: 2 }), [['a', 'b'], ['c']]);
  assert.deepEqual(decideBatches(['aa', 'b', 'cc'], { inputs: 9, units: 3 }), [['aa', 'b'], ['cc']]);
  assert.deepEqual(decideBatches(['a', 'bbbb', 'c'], { inputs: 9, units: 3 }), [['a'], ['bbbb'], ['c']]);
  assert.deepEqual(decideBatches([], { inputs: 1 }), []);
});

const vectors = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ index, embedding: [from + index] }));
const usage = (tokens: number) => ({ prompt_tokens: tokens, total_tokens: tokens });
const texts = (count: number) => Array.from({ length: count }, (_, index) => `text ${index}`);

test('more texts than the vendor takes are several calls; vectors keep the order, usage adds up', async (t) => {
  const { server, provider, call, bodies } = await adapterUnderTest(t, 'qwen');
  server.play(
    // Answers may come in any order: each says which text it is of.
    answerOf({ data: vectors(0, 10).reverse(), usage: usage(20), model: 'text-embedding-v4' }),
    answerOf({ data: vectors(10, 10), usage: usage(30) }),
    answerOf({ data: vectors(20, 3), usage: usage(4) }),
  );
  const outcome = await provider.embed({ ...call, input: texts(23), dimensions: 1 });
  assert.ok(outcome.ok);
  assert.deepEqual(
    outcome.answer.embeddings,
    Array.from({ length: 23 }, (_, index) => [index]),
  );
  assert.deepEqual([outcome.answer.usage?.inputTokens, outcome.answer.usage?.outputTokens], [54, null]);
  const sent = bodies() as { input: string[]; encoding_format: string; dimensions: number }[];
  assert.deepEqual(
    sent.flatMap(({ input }) => input),
    texts(23),
  );
  assert.deepEqual(
    sent.map(({ input, encoding_format, dimensions }) => [input.length, encoding_format, dimensions]),
    [
      [10, 'float', 1],
      [10, 'float', 1],
      [3, 'float', 1],
    ],
  );
});

test('OpenAI takes 2048 texts in one call, and answers base64', async (t) => {
  const { server, provider, call, bodies } = await adapterUnderTest(t, 'openai');
  const floats = Buffer.from(new Float32Array([0.5, -2]).buffer).toString('base64');
  server.play(answerOf({ data: Array.from({ length: 2048 }, (_, index) => ({ index, embedding: floats })) }));
  const outcome = await provider.embed({ ...call, input: texts(2048) });
  assert.ok(outcome.ok);
  assert.deepEqual(outcome.answer.embeddings[2047], [0.5, -2]);
  assert.equal(outcome.answer.usage, null);
  assert.equal(server.requests.length, 1);
  assert.equal((bodies()[0] as { encoding_format: string }).encoding_format, 'base64');
});

test('a batch that fails fails the call, and one that comes back short or twice is no answer', async (t) => {
  const { server, provider, call } = await adapterUnderTest(t, 'qwen');
  const codeOf = async (...answers: ReturnType<typeof answerOf>[]) => {
    server.play(...answers);
    const outcome = await provider.embed({ ...call, input: texts(12) });
    return outcome.ok ? 'ok' : outcome.failure.error.code;
  };
  const first = answerOf({ data: vectors(0, 10) });
  assert.equal(
    await codeOf(first, answerOf({ error: { message: 'slow down' } }, 429)),
    'provider_rate_limited',
  );
  assert.equal(await codeOf(first, answerOf({ data: vectors(0, 1) })), 'provider_malformed');
  const twice = [...vectors(0, 1), ...vectors(0, 1)];
  assert.equal(await codeOf(first, answerOf({ data: twice })), 'provider_malformed');
  assert.equal(await codeOf(answerOf({ data: [{ index: 0, embedding: 'AAA=' }] })), 'provider_malformed');
});

test('a vector that is empty, of another length or not all numbers is no answer', async (t) => {
  const { server, provider, call } = await adapterUnderTest(t, 'qwen');
  const base64 = (...floats: number[]) => Buffer.from(new Float32Array(floats).buffer).toString('base64');
  const codeOf = async (...batches: (number[] | string)[][]) => {
    server.play(...batches.map((batch) => answerOf({ data: batch.map((embedding) => ({ embedding })) })));
    const outcome = await provider.embed({ ...call, input: texts(batches.flat().length) });
    return outcome.ok ? 'ok' : outcome.failure.error.code;
  };
  const ten = Array<number[]>(10).fill([1, 2]);
  assert.equal(await codeOf(ten, [base64(3, 4)]), 'ok');
  assert.equal(await codeOf([[]]), 'provider_malformed');
  assert.equal(await codeOf([[1, 2], [1]]), 'provider_malformed');
  assert.equal(await codeOf(ten, [[1, 2, 3]]), 'provider_malformed');
  assert.equal(await codeOf([base64(1, Number.NaN)]), 'provider_malformed');
  assert.equal(await codeOf([base64(Number.POSITIVE_INFINITY)]), 'provider_malformed');
});

test('Gemini takes a hundred texts in one call, each with its model and dimensions', async (t) => {
  const { server, provider, call, bodies } = await adapterUnderTest(t, 'gemini');
  server.play(
    answerOf({ embeddings: Array.from({ length: 100 }, (_, index) => ({ values: [index] })) }),
    answerOf({ embeddings: [{ values: [100] }] }),
  );
  const model = 'models/gemini-embedding-001';
  const outcome = await provider.embed({ ...call, model, input: texts(101), dimensions: 768 });
  assert.ok(outcome.ok);
  assert.deepEqual(
    outcome.answer.embeddings.map(([value]) => value),
    Array.from({ length: 101 }, (_, n) => n),
  );
  assert.equal(server.requests[0]?.path, '/v1beta/models/gemini-embedding-001:batchEmbedContents');
  assert.deepEqual(bodies()[1], {
    requests: [{ model, content: { parts: [{ text: 'text 100' }] }, outputDimensionality: 768 }],
  });
});
