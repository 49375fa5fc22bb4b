import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Usage } from '@sluice/contracts';
import { decideCost, OPENAI_USAGE, type UsageBasis } from './decide-cost.ts';
import { decidePrice } from './decide-price.ts';
import { PRICE_LISTS } from './prices.ts';

type Count = number | null | undefined;
type Counts = readonly [input: Count, output: Count, total?: Count, cached?: Count, reasoning?: Count];
const usageOf = ([inputTokens, outputTokens, total, cached, reasoning]: Counts): Usage => ({
  inputTokens: inputTokens ?? null,
  outputTokens: outputTokens ?? null,
  totalTokens: total ?? null,
  cachedInputTokens: cached ?? null,
  reasoningTokens: reasoning ?? null,
});
/** A token of each kind is told from the others by its price. */
const PRICE = { input: 1_000_000, cachedInput: 1000, output: 1e12, currency: 'USD' };
const APART: UsageBasis = { inputHoldsCached: true, outputHoldsReasoning: false };
const ANTHROPIC: UsageBasis = {
  inputHoldsCached: false,
  outputHoldsReasoning: true,
  cacheWriteFactor: 1.25,
};
/** Tokens that are billed as input, from the cache, and as output. */
function billed(usage: Usage, basis: UsageBasis) {
  const by = (price: Partial<typeof PRICE>) => {
    const none = { input: 0, cachedInput: 0, output: 0, currency: 'USD' };
    return decideCost(usage, { ...none, ...price }, { basis, hasOutput: true })?.amount;
  };
  const million = 1_000_000;
  return [by({ input: million }), by({ cachedInput: million }), by({ output: million })];
}

describe('the cost of a call', () => {
  it('bills what the recorded usages of each vendor mean', () => {
    const cases: readonly [string, Counts, UsageBasis, number[]][] = [
      ['openai', [8, 377, 385, 0, 320], OPENAI_USAGE, [8, 0, 377]],
      ['deepseek', [339, 83, 422, 320, 39], OPENAI_USAGE, [19, 320, 83]],
      ['xai', [12, 1, 241, 2, 228], APART, [10, 2, 229]],
      ['xai, streamed', [307, 26, 560, 306, 227], APART, [1, 306, 253]],
      ['gemini', [9, 29, 294, undefined, 256], APART, [9, 0, 285]],
      ['anthropic', [61, 2], ANTHROPIC, [61, 0, 2]],
    ];
    for (const [name, counts, basis, wanted] of cases) {
      assert.deepEqual(billed(usageOf(counts), basis), wanted, name);
    }
  });

  it('believes a total before the vendor, where a server in between counts in its own way', () => {
    assert.deepEqual(billed(usageOf([9, 29, 294, 0, 256]), OPENAI_USAGE), [9, 0, 285]);
    assert.deepEqual(billed(usageOf([8, 377, 385, 0, 320]), APART), [8, 0, 377]);
  });

  it('bills what Anthropic counts beside the input: read from the cache, and written into it', () => {
    const usage = { ...usageOf([10, 5, undefined, 1000]), cacheWriteTokens: 400 };
    assert.deepEqual(billed(usage, ANTHROPIC), [10 + 400 * 1.25, 1000, 5]);
  });

  const costOf = (counts: Counts, price: Parameters<typeof decideCost>[1], hasOutput = true) =>
    decideCost(usageOf(counts), price, { basis: OPENAI_USAGE, hasOutput });

  it('is null without a price or a counter that it needs, and zero only where the price is', () => {
    const free = { input: 0, output: 0, currency: 'USD' };
    assert.equal(costOf([1, 1], null), null);
    assert.equal(costOf([null, 1], PRICE), null);
    assert.equal(costOf([1, null], PRICE), null);
    assert.equal(costOf([null, null], free), null);
    assert.equal(decideCost(null, free, { basis: OPENAI_USAGE, hasOutput: true }), null);
    assert.deepEqual(costOf([1, 1], free), { amount: 0, currency: 'USD' });
    assert.deepEqual(costOf([1_000_000, null], { input: 0.02, output: 0, currency: 'USD' }, false), {
      amount: 0.02,
      currency: 'USD',
    });
  });

  it('has no noise of binary fractions', () => {
    // 0.1 + 0.2 in binary.
    const price = { input: 0.1, output: 0.2, currency: 'USD' };
    assert.equal(costOf([1_000_000, 1_000_000], price)?.amount, 0.3);
    assert.equal(costOf([12, 34], { input: 1.25, output: 10, currency: 'USD' })?.amount, 0.000355);
  });

  it('bills no more from the cache than the input that holds it', () => {
    assert.deepEqual(costOf([5, 0, 5, 500], PRICE), costOf([5, 0, 5, 5], PRICE));
  });

  it('takes the input price for what came from the cache where there is no other', () => {
    assert.equal(costOf([10, 0, 10, 4], { input: 1_000_000, output: 1, currency: 'USD' })?.amount, 10);
  });
});

describe('the price of a model', () => {
  const openai = { pricing: undefined, origin: 'https://api.openai.com' };
  const priceOf = (models: string[], profile: Parameters<typeof decidePrice>[1] = openai, inputTokens = 1) =>
    decidePrice(PRICE_LISTS, profile, { models, inputTokens });

  it('is what the profile says, else what the vendor lists, for a dated version of the model too', () => {
    const pricing = { input: 7, output: 8, currency: 'EUR' };
    assert.equal(priceOf(['gpt-4.1'], { ...openai, pricing }), pricing);
    assert.equal(priceOf(['gpt-4.1-2025-04-14'])?.input, 2);
    assert.equal(priceOf(['renamed', 'gpt-4.1'])?.input, 2);
    const claude = { pricing: undefined, origin: 'https://api.anthropic.com' };
    assert.equal(priceOf(['claude-haiku-4-5-20251001'], claude)?.output, 5);
  });

  it('is unknown for another model, another address, and a name that only begins alike', () => {
    assert.equal(priceOf(['gpt-4.1-nano-custom']), null);
    assert.equal(priceOf(['ft:gpt-4.1:acme']), null);
    assert.equal(priceOf(['gpt-4.1'], { ...openai, origin: 'https://proxy.example.com' }), null);
    assert.equal(priceOf(['gpt-4.1'], { ...openai, origin: 'https://eu.api.openai.com' }), null);
  });

  it('is higher for a long input where the vendor says so', () => {
    const gemini = { pricing: undefined, origin: 'https://generativelanguage.googleapis.com' };
    assert.equal(priceOf(['gemini-2.5-pro'], gemini, 200_000)?.input, 1.25);
    assert.equal(priceOf(['gemini-2.5-pro'], gemini, 200_001)?.input, 2.5);
  });

  it('has a dated source for every line', () => {
    for (const { source, date, prices } of PRICE_LISTS) {
      assert.match(source, /^https:\/\//);
      assert.ok(Date.parse(date) <= Date.now());
      for (const { input, output, cachedInput = 0 } of prices) {
        assert.ok(input > 0 && output >= 0 && cachedInput < input);
      }
    }
  });
});
