import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adapterUnderTest, answerOf } from '../../testing/adapter-under-test.ts';

const made = answerOf({
  candidates: [{ content: { parts: [{ text: 'data:image/png;base64,iVBORw0KGgo=' }] } }],
});
const prompt = 'A banana';

test('the key goes in Gemini’s header; refused there it goes as a bearer token, and from then on at once', async (t) => {
  const { server, provider, call } = await adapterUnderTest(t, 'nanobanana_dmxapi');
  const keys = () =>
    server.requests.map(({ headers }) => [
      headers['x-goog-api-key'] ?? null,
      headers['authorization'] ?? null,
    ]);
  const asHeader = [call.apiKey, null];
  const asBearer = [null, `Bearer ${call.apiKey}`];

  server.play(made);
  assert.ok((await provider.images({ ...call, prompt })).ok);
  assert.deepEqual(keys(), [asHeader]);

  for (const status of [401, 403]) {
    const baseUrl = `${server.url}/v${status}`;
    server.play(answerOf({ error: { message: 'no' } }, status), made);
    assert.ok((await provider.images({ ...call, baseUrl, prompt })).ok);
    assert.ok((await provider.images({ ...call, baseUrl, prompt })).ok);
    assert.deepEqual(keys(), [asHeader, asBearer, asBearer]);
  }
});

test('a key that is refused both ways is refused, and nothing is learnt from it', async (t) => {
  const { server, provider, call } = await adapterUnderTest(t, 'nanobanana_dmxapi');
  server.play(answerOf({ error: { message: 'invalid token' } }, 401));
  for (let time = 0; time < 2; time += 1) {
    const outcome = await provider.images({ ...call, prompt });
    assert.ok(!outcome.ok);
    assert.equal(outcome.failure.error.code, 'provider_authentication');
  }
  assert.equal(server.requests.length, 4);
});

test('what is wrong with the request is not asked again', async (t) => {
  const { server, provider, call } = await adapterUnderTest(t, 'nanobanana_dmxapi');
  server.play(answerOf({ error: { message: 'bad', status: 'INVALID_ARGUMENT' } }, 400));
  const outcome = await provider.images({ ...call, prompt });
  assert.ok(!outcome.ok);
  assert.equal(server.requests.length, 1);
  assert.equal(server.requests[0]?.path, '/v1beta/models/m:generateContent');
});
