import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { adapterUnderTest, answerOf } from '../../../testing/adapter-under-test.ts';

const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
const GIF = Buffer.from('GIF89a');
const made = answerOf({ data: [{ b64_json: PNG.toString('base64'), revised_prompt: 'A red fox' }] });
const prompt = 'A fox';

test('what is asked for is sent, what is not given is left out, and a dall-e model is asked for base64', async (t) => {
  const { server, provider, call, bodies } = await adapterUnderTest(t, 'openai');
  server.play(made);
  const outcome = await provider.images({ ...call, prompt, n: 2, size: '1024x1024', quality: 'high' });
  await provider.images({ ...call, model: 'dall-e-3', prompt });
  assert.deepEqual(bodies(), [
    { model: 'm', prompt, n: 2, size: '1024x1024', quality: 'high' },
    { model: 'dall-e-3', prompt, response_format: 'b64_json' },
  ]);
  assert.ok(outcome.ok);
  assert.deepEqual(outcome.answer.images, [{ bytes: PNG, revisedPrompt: 'A red fox' }]);
  assert.deepEqual([outcome.answer.text, outcome.answer.finishReason], ['', 'stop']);
});

test('input images go to the edits as files of a form', async (t) => {
  const forms: FormData[] = [];
  const server = createServer(async (incoming, response) => {
    const chunks = await incoming.toArray();
    const headers = { 'content-type': incoming.headers['content-type'] ?? '' };
    forms.push(await new Response(Buffer.concat(chunks), { headers }).formData());
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ path: incoming.url, data: [{ b64_json: 'AAAA' }] }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { provider, call } = await adapterUnderTest(t, 'openai');
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const images = [
    { mimeType: 'image/png' as const, bytes: PNG },
    { mimeType: 'image/gif' as const, bytes: GIF },
  ];
  const outcome = await provider.images({ ...call, baseUrl, prompt: 'Umlaut ä\r\n--x', images });
  assert.ok(outcome.ok);
  await provider.images({ ...call, baseUrl, prompt, images: images.slice(0, 1) });
  const [both, one] = forms;
  assert.equal(both?.get('prompt'), 'Umlaut ä\r\n--x');
  assert.equal(both?.get('model'), 'm');
  assert.equal(both?.get('n'), null);
  const files = both?.getAll('image[]') as File[];
  assert.deepEqual(
    files.map(({ name, type }) => [name, type]),
    [
      ['image-0.png', 'image/png'],
      ['image-1.gif', 'image/gif'],
    ],
  );
  assert.deepEqual(await Promise.all(files.map(async (file) => Buffer.from(await file.arrayBuffer()))), [
    PNG,
    GIF,
  ]);
  assert.equal(one?.getAll('image').length, 1);
});

test('Ark is asked for its own form: data URIs, a sequence for several, no watermark', async (t) => {
  const { server, provider, call, bodies } = await adapterUnderTest(t, 'doubao_ark');
  server.play(made);
  const model = 'ep-20260101-abcde';
  await provider.images({ ...call, model, prompt, size: '2K', seed: 7 });
  const images = [{ mimeType: 'image/png' as const, bytes: PNG }];
  await provider.images({ ...call, model, prompt, n: 3, images });
  const common = { model, prompt, response_format: 'b64_json', watermark: false };
  assert.deepEqual(bodies(), [
    { ...common, size: '2K', seed: 7 },
    {
      ...common,
      image: `data:image/png;base64,${PNG.toString('base64')}`,
      sequential_image_generation: 'auto',
      sequential_image_generation_options: { max_images: 3 },
    },
  ]);
  assert.equal(server.requests[0]?.path, '/api/v3/images/generations');
});

test('an image that was refused beside others is left out; all refused is a failure in the provider’s words', async (t) => {
  const { server, provider, call } = await adapterUnderTest(t, 'doubao_ark');
  const refused = { error: { code: 'OutputImageSensitiveContentDetected', message: 'sensitive content' } };
  server.play(
    answerOf({ data: [{ url: 'https://images.example/a.png' }, refused], usage: { total_tokens: 9 } }),
  );
  const some = await provider.images({ ...call, prompt, n: 2 });
  assert.ok(some.ok);
  assert.deepEqual(some.answer.images, [{ url: 'https://images.example/a.png' }]);
  assert.equal(some.answer.usage?.totalTokens, 9);
  server.play(answerOf({ data: [refused] }));
  const none = await provider.images({ ...call, prompt });
  assert.ok(!none.ok);
  assert.equal(none.failure.error.provider?.code, 'OutputImageSensitiveContentDetected');
  assert.equal(none.failure.error.retryable, false);
});

test('an answer that is none is a failure of its own kind', async (t) => {
  const { server, provider, call } = await adapterUnderTest(t, 'openai');
  const codeOf = async (body: unknown, status?: number) => {
    server.play(answerOf(body, status));
    const outcome = await provider.images({ ...call, prompt });
    return outcome.ok ? 'ok' : outcome.failure.error.code;
  };
  assert.equal(await codeOf({ data: [] }), 'provider_empty_answer');
  assert.equal(await codeOf({ images: 1 }), 'provider_malformed');
  assert.equal(
    await codeOf({ error: { message: 'no', code: 'moderation_blocked' } }, 400),
    'provider_content_filtered',
  );
  server.play({ status: 200, headers: { 'content-type': 'text/html' }, pieces: [Buffer.from('<p>')] });
  const page = await provider.images({ ...call, prompt });
  assert.ok(!page.ok && page.failure.error.code === 'provider_malformed');
});
