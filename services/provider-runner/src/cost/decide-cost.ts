import type { Cost, Usage } from '@sluice/contracts';

/** How a vendor counts; adapters say it. From each vendor's API reference, and shown by recorded answers. */
export type UsageBasis = {
  /** Whether `inputTokens` contains the tokens that came from the cache. */
  readonly inputHoldsCached: boolean;
  /** Whether `outputTokens` contains the tokens of reasoning. */
  readonly outputHoldsReasoning: boolean;
  /** What a token costs that is put into the cache, in prices of an input token; those are counted apart. */
  readonly cacheWriteFactor?: number;
};

export const OPENAI_USAGE: UsageBasis = { inputHoldsCached: true, outputHoldsReasoning: true };

/** For a million tokens each. Without `cachedInput` what came from the cache costs what other input costs. */
export type Price = {
  readonly input: number;
  readonly cachedInput?: number | undefined;
  readonly output: number;
  /** ISO 4217. */
  readonly currency: string;
};

/**
 * What the tokens of a call cost; null where a counter that is needed is not known. Output is not needed where a call has
 * none (embeddings).
 */
export function decideCost(
  usage: Usage | null,
  price: Price | null,
  { basis, hasOutput }: { readonly basis: UsageBasis; readonly hasOutput: boolean },
): Cost | null {
  if (!usage || !price || usage.inputTokens === null) return null;
  if (hasOutput && usage.outputTokens === null) return null;
  // A vendor leaves these out where there are none.
  const cached = Math.min(
    usage.cachedInputTokens ?? 0,
    basis.inputHoldsCached ? usage.inputTokens : Infinity,
  );
  const written = usage.cacheWriteTokens ?? 0;
  const uncached = basis.inputHoldsCached ? Math.max(0, usage.inputTokens - cached) : usage.inputTokens;
  const reasoning = outputHoldsReasoning(usage, basis) ? 0 : (usage.reasoningTokens ?? 0);
  const output = hasOutput ? (usage.outputTokens ?? 0) + reasoning : 0;
  const millionths =
    uncached * price.input +
    cached * (price.cachedInput ?? price.input) +
    written * price.input * (basis.cacheWriteFactor ?? 1) +
    output * price.output;
  // A billionth is far below any price of a token, and above the noise of binary fractions.
  return { amount: Math.round(millionths * 1000) / 1e9, currency: price.currency };
}

/** The total tells, where there is one; servers that stand between may count in another way than they speak. */
function outputHoldsReasoning(usage: Usage, basis: UsageBasis): boolean {
  const { inputTokens, outputTokens, totalTokens, reasoningTokens } = usage;
  if (reasoningTokens && totalTokens !== null && inputTokens !== null && outputTokens !== null) {
    if (totalTokens === inputTokens + outputTokens + reasoningTokens) return false;
    if (totalTokens === inputTokens + outputTokens) return true;
  }
  return basis.outputHoldsReasoning;
}
