import type { Usage } from '@sluice/contracts';

/** What two calls used together; what one of them did not report is not known of both. */
export function sumOfUsage(first: Usage | null, second: Usage | null): Usage | null {
  if (!first || !second) return null;
  const sum = (counter: keyof Usage): number | null => {
    const one = first[counter] ?? null;
    const other = second[counter] ?? null;
    if (one === null || other === null) return null;
    // A count that no number holds exactly is not known.
    return Number.isSafeInteger(one + other) ? one + other : null;
  };
  return {
    inputTokens: sum('inputTokens'),
    outputTokens: sum('outputTokens'),
    totalTokens: sum('totalTokens'),
    cachedInputTokens: sum('cachedInputTokens'),
    reasoningTokens: sum('reasoningTokens'),
    // Only some providers count it at all.
    ...('cacheWriteTokens' in first && { cacheWriteTokens: sum('cacheWriteTokens') }),
  };
}
