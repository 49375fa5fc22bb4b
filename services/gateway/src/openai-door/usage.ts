import type { Usage } from '@sluice/contracts';

/** Tokens in the OpenAI API's names; a counter that the provider did not send is null, or left out of the details. */
export function usageOf({ inputTokens, outputTokens, totalTokens, ...details }: Usage) {
  const { cachedInputTokens, reasoningTokens } = details;
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: totalTokens ?? sumOf(inputTokens, outputTokens),
    ...(cachedInputTokens !== null && { prompt_tokens_details: { cached_tokens: cachedInputTokens } }),
    ...(reasoningTokens !== null && { completion_tokens_details: { reasoning_tokens: reasoningTokens } }),
  };
}

function sumOf(input: number | null, output: number | null): number | null {
  return input === null || output === null ? null : input + output;
}
