import type { Usage } from '@sluice/contracts';
import { z } from 'zod';

const count = z.int().nonnegative().nullish().catch(null);
const inputDetails = z.object({ cached_tokens: count }).nullish().catch(null);
const outputDetails = z.object({ reasoning_tokens: count }).nullish().catch(null);

/** A usage object in the naming of chat completions, of responses, or in both: servers mix them up. */
export const usageSchema = z
  .object({
    prompt_tokens: count,
    completion_tokens: count,
    input_tokens: count,
    output_tokens: count,
    total_tokens: count,
    prompt_tokens_details: inputDetails,
    input_tokens_details: inputDetails,
    completion_tokens_details: outputDetails,
    output_tokens_details: outputDetails,
    /** DeepSeek's name for cached tokens, and Kimi's. */
    prompt_cache_hit_tokens: count,
    cached_tokens: count,
  })
  .nullish()
  .catch(null);
type WireUsage = NonNullable<z.infer<typeof usageSchema>>;

/** The counters under whichever name they came; null for what was not reported. */
export function countersOf(usage: WireUsage): Usage {
  return {
    inputTokens: either(usage.prompt_tokens, usage.input_tokens),
    outputTokens: either(usage.completion_tokens, usage.output_tokens),
    totalTokens: usage.total_tokens ?? null,
    cachedInputTokens: either(
      usage.prompt_tokens_details?.cached_tokens,
      usage.input_tokens_details?.cached_tokens,
      usage.prompt_cache_hit_tokens,
      usage.cached_tokens,
    ),
    reasoningTokens: either(
      usage.completion_tokens_details?.reasoning_tokens,
      usage.output_tokens_details?.reasoning_tokens,
    ),
  };
}

/** Gateways that write both namings fill one of them and leave the other at 0. */
function either(...counts: readonly (number | null | undefined)[]): number | null {
  return counts.find((one) => one) ?? counts.find((one) => one != null) ?? null;
}
