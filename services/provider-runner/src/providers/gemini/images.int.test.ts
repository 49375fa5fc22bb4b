import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adapterUnderTest, answerOf } from '../../testing/adapter-under-test.ts';

const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
const base64 = PNG.toString('base64');
const inlineData = { mimeType: 'image/png', data: base64 };
const prompt = 'A fox';
const contentOf = (parts: object[], more: object = {}) =>
  answerOf({ candidates: [{ content: { parts }, finishReason: 'STOP' }], ...more });

test('one call an image: the prompt with the input images, a ratio for pixels, a seed of its own each', async (t) => {
  const { server, provider, call, bodies } = await adapterUnderTest(t, 'gemini');
  const usageMetadata = { promptTokenCount: 5, candidatesTokenCount: 1290, totalTokenCount: 1295 };
  server.play(contentOf([{ text: 'Here it is.' }, { inlineData }], { usageMetadata }));
  const images = [{ mimeType: 'image/png' as const, bytes: PNG }];
  const outcome = await provider.images({ ...call, prompt, n: 2, size: '1536x1024', seed: 7, images });
  assert.ok(outcome.ok);
  assert.deepEqual(outcome.answer.images, [{ bytes: PNG }, { bytes: PNG }]);
  assert.equal(outcome.answer.text, 'Here it is.\nHere it is.');
  assert.deepEqual([outcome.answer.usage?.inputTokens, outcome.answer.usage?.totalTokens], [10, 2590]);
  const sent = bodies() as { contents: unknown; generationConfig: { seed: number } }[];
  assert.deepEqual(sent.map(({ generationConfig }) => generationConfig.seed).sort(), [7, 8]);
  assert.deepEqual(sent[0]?.contents, [{ role: 'user', parts: [{ text: prompt }, { inlineData }] }]);
  const { seed: _, ...config } = sent[0]?.generationConfig ?? { seed: 0 };
  assert.deepEqual(config, { responseModalities: ['TEXT', 'IMAGE'], imageConfig: { aspectRatio: '3:2' } });
  assert.equal(server.requests[0]?.path, '/v1beta/models/m:generateContent');
});

test('an image is found as data, behind a URI, and in text as a data URI or in markdown', async (t) => {
  const { server, provider, call } = await adapterUnderTest(t, 'gemini');
  const imagesIn = async (...parts: object[]) => {
    server.play(contentOf(parts));
    const outcome = await provider.images({ ...call, prompt });
    return outcome.ok ? [outcome.answer.images, outcome.answer.text] : outcome.failure.error.code;
  };
  const bytes = [{ bytes: PNG }];
  const url = 'https://images.example/a.png?x=1';
  assert.deepEqual(await imagesIn({ inlineData }), [bytes, '']);
  assert.deepEqual(await imagesIn({ fileData: { fileUri: url } }), [[{ url }], '']);
  assert.deepEqual(await imagesIn({ text: `data:image/png;base64,${base64}` }), [bytes, '']);
  assert.deepEqual(await imagesIn({ text: `Look: ![fox](data:image/png;base64,${base64}) Nice.` }), [
    bytes,
    'Look:  Nice.',
  ]);
  assert.deepEqual(await imagesIn({ text: `![a](${url} "title") ![b](${url})` }), [[{ url }, { url }], '']);
  assert.deepEqual(await imagesIn({ inlineData, thought: true }, { inlineData }), [bytes, '']);
  assert.equal(await imagesIn({ text: `No picture at ${url}.` }), 'provider_empty_answer');
});

test('what was filtered is an answer that says so', async (t) => {
  const { server, provider, call } = await adapterUnderTest(t, 'gemini');
  for (const body of [
    { candidates: [{ finishReason: 'IMAGE_SAFETY' }] },
    { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } },
  ]) {
    server.play(answerOf(body));
    const outcome = await provider.images({ ...call, prompt });
    assert.ok(outcome.ok);
    assert.deepEqual([outcome.answer.images, outcome.answer.finishReason], [[], 'content_filter']);
  }
});
