import type { Usage } from '@sluice/contracts';
import { failure } from '../job/failure.ts';
import { type BatchLimits, decideBatches } from './decide-batches.ts';
import { type EmbedAnswer, type EmbedCall, failed, type Outcome } from './provider.ts';

/**
 * Embeds texts by as many calls as the provider's limits ask for, one after the other: side by side they would meet
 * its rate limit. The first batch that fails ends it. A batch must come back whole.
 */
export async function embedInBatches(
  call: EmbedCall,
  limits: BatchLimits,
  embedBatch: (call: EmbedCall) => Promise<Outcome<EmbedAnswer>>,
): Promise<Outcome<EmbedAnswer>> {
  const embeddings: number[][] = [];
  let usage: Usage | null = null;
  let model = call.model;
  for (const input of decideBatches(call.input, limits)) {
    const outcome = await embedBatch({ ...call, input });
    if (!outcome.ok) return outcome;
    const { answer } = outcome;
    if (answer.embeddings.length !== input.length) {
      const found = `${answer.embeddings.length} vectors for ${input.length} texts`;
      return failed(failure('provider_malformed', `The provider answered ${found}.`));
    }
    for (const vector of answer.embeddings) embeddings.push(vector);
    usage = embeddings.length === input.length ? answer.usage : sumOf(usage, answer.usage);
    model = answer.model;
  }
  return { ok: true, answer: { embeddings, usage, model } };
}

/** What several calls used together; a counter that one of them did not send is not known. */
export function sumOf(a: Usage | null, b: Usage | null): Usage | null {
  if (!a || !b) return null;
  const sum = (name: keyof Usage): number | null => {
    const [first, second] = [a[name] ?? null, b[name] ?? null];
    return first === null || second === null ? null : first + second;
  };
  return {
    inputTokens: sum('inputTokens'),
    outputTokens: sum('outputTokens'),
    totalTokens: sum('totalTokens'),
    cachedInputTokens: sum('cachedInputTokens'),
    reasoningTokens: sum('reasoningTokens'),
  };
}
