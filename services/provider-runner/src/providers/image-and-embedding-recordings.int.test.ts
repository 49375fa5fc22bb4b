import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { imageTypeOf } from '@sluice/contracts';
import {
  type Expectation,
  type RecordedCase,
  type ReplayServer,
  recordedCases,
  startReplayServer,
} from '@sluice/testing';
import type { Agent } from 'undici';
import { expectFailure, expectUsage } from '../testing/expect-outcome.ts';
import { createProviderAgent } from './http-exchange.ts';
import type { EmbedAnswer, ImageAnswer, MadeImage, Outcome, Provider } from './provider.ts';
import { createProviderRegistry } from './registry.ts';

const recordings = process.env['PROVIDER_RECORDINGS'];
const PIXEL = Buffer.from('R0lGODlhAQABAAAAACwAAAAAAQABAAAC', 'base64');

describe('recorded images and embeddings', {
  skip: recordings === undefined && 'PROVIDER_RECORDINGS names no folder',
}, () => {
  let server: ReplayServer;
  let dispatcher: Agent;
  let openai: Provider | undefined;
  before(async () => {
    server = await startReplayServer();
    dispatcher = createProviderAgent({ connections: 4, connectMs: 5000, allowedHosts: ['127.0.0.1'] });
    openai = createProviderRegistry({ dispatcher, firstTokenMs: 10_000, idleMs: 10_000 })('openai');
  });
  after(async () => {
    await dispatcher.destroy();
    await server.close();
  });
  const call = () => ({
    baseUrl: server.url,
    apiKey: 'key-of-the-recordings',
    model: 'recorded-model',
    signal: new AbortController().signal,
  });
  const inSingleBytes = (body: Buffer) => Array.from(body, (_, index) => body.subarray(index, index + 1));

  async function replay({ name, status, headers, expected }: RecordedCase, pieces: Buffer[]): Promise<void> {
    server.play({ status, headers, pieces });
    if (expected.api === 'openai-embeddings') {
      expectEmbeddings(await openai?.embed?.({ ...call(), input: ['What was recorded.'] }), expected);
      assert.equal(server.requests[0]?.path, '/v1/embeddings');
      return;
    }
    const edit = name.includes('image-edit');
    const images = edit ? { images: [{ mimeType: 'image/gif' as const, bytes: PIXEL }] } : {};
    expectImages(await openai?.images?.({ ...call(), prompt: 'What was recorded.', ...images }), expected);
    assert.equal(server.requests[0]?.path, edit ? '/v1/images/edits' : '/v1/images/generations');
  }

  for (const recorded of recordings === undefined ? [] : recordedCases(recordings)) {
    if (!['openai-embeddings', 'openai-images'].includes(recorded.expected.api)) continue;
    it(`${recorded.name} means what it says`, async () => {
      await replay(recorded, [recorded.body]);
      await replay(recorded, inSingleBytes(recorded.body));
    });
  }
});

function expectEmbeddings(outcome: Outcome<EmbedAnswer> | undefined, expected: Expectation): void {
  assert.ok(outcome);
  if (expected.outcome === 'failed') {
    expectFailure(outcome, [], expected);
    return;
  }
  assert.ok(outcome.ok, JSON.stringify(outcome));
  const { embeddings, usage } = outcome.answer;
  expectUsage(usage, expected.usage);
  assert.equal(embeddings.length, expected.embeddings?.count);
  for (const vector of embeddings) assert.equal(vector.length, expected.embeddings?.dimensions);
  assert.deepEqual(embeddings[0]?.slice(0, 3), expected.embeddings?.first3);
}

function expectImages(outcome: Outcome<ImageAnswer> | undefined, expected: Expectation): void {
  assert.ok(outcome);
  assert.ok(outcome.ok, JSON.stringify(outcome));
  expectUsage(outcome.answer.usage, expected.usage);
  assert.deepEqual(outcome.answer.images.map(factsOf), expected.images);
}

function factsOf(made: MadeImage) {
  const revisedPrompt = made.revisedPrompt ?? null;
  if ('url' in made) return { kind: 'url', url: made.url, revisedPrompt };
  const sha256 = createHash('sha256').update(made.bytes).digest('hex');
  return { kind: 'b64_json', mediaType: imageTypeOf(made.bytes), sha256, revisedPrompt };
}
