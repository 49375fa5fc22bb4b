import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SealedProfile } from '@sluice/contracts';
import { costOf } from './cost-of.ts';

const profile: SealedProfile = {
  id: 'profile1',
  teamId: 'team1',
  name: 'Mine',
  provider: 'openai',
  model: 'my-model',
  baseUrl: 'https://api.openai.com/v1',
  keyHint: null,
  pricing: { input: 10, output: 20, currency: 'EUR' },
  version: 1,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
};
const opened = { profile, provider: { chat: () => Promise.reject(new Error('not called')) } };
const million = {
  inputTokens: 1_000_000,
  outputTokens: 0,
  totalTokens: 1_000_000,
  cachedInputTokens: null,
  reasoningTokens: null,
};
const cost = (model: string | undefined, answeredBy: string) =>
  costOf({ usage: million, model: answeredBy }, opened, {
    kind: 'chat',
    aiProfileId: profile.id,
    ...(model !== undefined && { model }),
  });

test("the profile's own prices are those of its own model", () => {
  assert.deepEqual(cost(undefined, 'my-model-2026'), { amount: 10, currency: 'EUR' });
  assert.deepEqual(cost('my-model', 'my-model'), { amount: 10, currency: 'EUR' });
});

test('another model that the caller named is priced by the list, and unknown when it is not there', () => {
  assert.equal(cost('gpt-4o', 'gpt-4o-2024-08-06')?.currency, 'USD');
  assert.equal(cost('no-model-of-any-list', 'no-model-of-any-list'), null);
});
