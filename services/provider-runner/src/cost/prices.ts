import type { PriceList } from './decide-price.ts';

/**
 * Only what was looked up, and only prices that depend on nothing a runner cannot see: introductory prices, hours of the
 * day, regions and tiers are left out, and such models have no cost unless their profile says a price.
 */
export const PRICE_LISTS: readonly PriceList[] = [
  {
    origin: 'https://api.openai.com',
    source: 'https://developers.openai.com/api/docs/pricing',
    date: '2026-09-24',
    prices: [
      { model: /^gpt-5\.2$/, input: 1.75, cachedInput: 0.175, output: 14 },
      { model: /^gpt-5$/, input: 1.25, cachedInput: 0.125, output: 10 },
      { model: /^gpt-5-mini$/, input: 0.25, cachedInput: 0.025, output: 2 },
      { model: /^gpt-4\.1$/, input: 2, cachedInput: 0.5, output: 8 },
      { model: /^gpt-4\.1-mini$/, input: 0.4, cachedInput: 0.1, output: 1.6 },
      { model: /^gpt-4o$/, input: 2.5, cachedInput: 1.25, output: 10 },
      { model: /^gpt-4o-mini$/, input: 0.15, cachedInput: 0.075, output: 0.6 },
      { model: /^text-embedding-3-small$/, input: 0.02, output: 0 },
      { model: /^text-embedding-3-large$/, input: 0.13, output: 0 },
    ],
  },
  {
    origin: 'https://api.anthropic.com',
    source: 'https://platform.claude.com/docs/en/about-claude/pricing',
    date: '2026-10-24',
    prices: [
      { model: /^claude-opus-5-5$/, input: 4, cachedInput: 0.2, output: 20 },
      { model: /^claude-opus-(5|4-[5-8])$/, input: 5, cachedInput: 0.5, output: 25 },
      { model: /^claude-sonnet-5-5$/, input: 2, cachedInput: 0.1, output: 10 },
      { model: /^claude-sonnet-5$/, input: 2, cachedInput: 0.2, output: 10 },
      { model: /^claude-sonnet-4-[56]$/, input: 3, cachedInput: 0.3, output: 15 },
      {
        model: /^claude-haiku-5-5$/,
        ...{ input: 0.1, cachedInput: 0.01, output: 0.5 },
        long: { above: 100_000, input: 0.5, cachedInput: 0.05, output: 2.5 },
      },
      { model: /^claude-haiku-4-5$/, input: 1, cachedInput: 0.1, output: 5 },
    ],
  },
  {
    origin: 'https://generativelanguage.googleapis.com',
    source: 'https://ai.google.dev/gemini-api/docs/pricing',
    date: '2026-03-31',
    prices: [
      {
        model: /^gemini-2\.5-pro$/,
        ...{ input: 1.25, cachedInput: 0.125, output: 10 },
        long: { above: 200_000, input: 2.5, cachedInput: 0.25, output: 15 },
      },
      { model: /^gemini-2\.5-flash$/, input: 0.3, cachedInput: 0.03, output: 2.5 },
      { model: /^gemini-2\.5-flash-lite$/, input: 0.1, cachedInput: 0.01, output: 0.4 },
    ],
  },
];
