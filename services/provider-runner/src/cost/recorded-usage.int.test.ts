import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Provider as ProviderName } from '@sluice/contracts';
import { recordedCases } from '@sluice/testing';
import { createProviderAgent } from '../providers/http-exchange.ts';
import { createProviderRegistry } from '../providers/registry.ts';
import { decideCost, OPENAI_USAGE } from './decide-cost.ts';

const recordings = process.env['PROVIDER_RECORDINGS'];
const PROVIDER_OF_VENDOR: Readonly<Record<string, ProviderName>> = {
  azure: 'azure_openai',
  'openai-compatible': 'openai_compatible',
};

type Shown = {
  readonly reasoningIncludedInOutput: boolean | null;
  readonly cachedIncludedInInput: boolean | null;
};

describe('the usage of recorded answers', {
  skip: recordings === undefined && 'PROVIDER_RECORDINGS names no folder',
}, () => {
  const dispatcher = createProviderAgent({ connections: 1, connectMs: 1000, allowedHosts: [] });
  const providers = createProviderRegistry({ dispatcher, firstTokenMs: 1000, idleMs: 1000 });

  for (const { name, vendor, expected } of recordings === undefined ? [] : recordedCases(recordings)) {
    const { usage } = expected;
    const text = readFileSync(join(recordings ?? '', name, 'expect.json'), 'utf8');
    const { usageBasis } = JSON.parse(text) as { usageBasis?: Shown };
    if (!usageBasis || !usage) continue;
    it(`${name} is counted as its adapter says, and billed whole`, () => {
      const basis =
        providers(PROVIDER_OF_VENDOR[vendor] ?? (vendor as ProviderName))?.usageBasis ?? OPENAI_USAGE;
      const { reasoningIncludedInOutput: reasoning, cachedIncludedInInput: cached } = usageBasis;
      if (reasoning !== null) assert.equal(basis.outputHoldsReasoning, reasoning);
      if (cached !== null) assert.equal(basis.inputHoldsCached, cached);
      // Every token at one price: their sum is what the vendor says in all.
      const price = { input: 1_000_000, output: 1_000_000, currency: 'USD' };
      assert.equal(decideCost(usage, price, { basis, hasOutput: true })?.amount, usage.totalTokens);
    });
  }
});
