import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Provider as ProviderName, SealedProfile, Usage } from '@sluice/contracts';
import { createProviderAgent } from '../providers/http-exchange.ts';
import { createProviderRegistry } from '../providers/registry.ts';
import { costOf } from './cost-of.ts';

const dispatcher = createProviderAgent({ connections: 1, connectMs: 1000, allowedHosts: [] });
after(() => dispatcher.destroy());
const providers = createProviderRegistry({ dispatcher, firstTokenMs: 1000, idleMs: 1000 });

const counted: Usage = {
  inputTokens: 1_000_000,
  outputTokens: 1_000_000,
  totalTokens: null,
  cachedInputTokens: null,
  reasoningTokens: null,
};

/** At 10 for a million tokens in, and 20 out. */
function amountOf(name: ProviderName, more: Partial<Usage>): number | undefined {
  const profile: SealedProfile = {
    id: 'profile1',
    teamId: 'team1',
    name: 'Mine',
    provider: name,
    model: 'my-model',
    baseUrl: 'https://models.example',
    keyHint: null,
    pricing: { input: 10, output: 20, currency: 'EUR' },
    version: 1,
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
  };
  const provider = providers(name);
  assert.ok(provider);
  const used = { usage: { ...counted, ...more }, model: 'my-model' };
  return costOf(used, { profile, provider }, { kind: 'chat', aiProfileId: profile.id })?.amount;
}

test('Bedrock counts what came from the cache and went into it beside its input', () => {
  assert.equal(amountOf('bedrock', { cachedInputTokens: 1_000_000 }), 40);
  assert.equal(amountOf('bedrock', { cacheWriteTokens: 1_000_000 }), 42.5);
  assert.equal(amountOf('openai', { cachedInputTokens: 1_000_000 }), 30);
});

test('Gemini counts its thoughts beside its output, and so does Nano Banana', () => {
  for (const name of ['gemini', 'nanobanana_dmxapi'] as const) {
    assert.equal(amountOf(name, { reasoningTokens: 1_000_000 }), 50);
  }
  assert.equal(amountOf('openai', { reasoningTokens: 1_000_000 }), 30);
});
