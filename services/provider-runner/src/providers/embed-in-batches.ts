import type { Usage } from '@sluice/contracts';
import { failure } from '../job/failure.ts';
import { type BatchLimits, decideBatches } from './decide-batches.ts';
import { type EmbedAnswer, type EmbedCall, failed, type Outcome } from './provider.ts';
import { sumOfUsage } from './sum-of-usage.ts';

/**
 * Embeds texts by as many calls as the provider's limits ask for, one after the other: side by side they would meet
 * its rate limit. The first batch that fails ends it. A batch must come back whole,
 * and every vector must be finite numbers, as many as the first one has.
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
    const length = embeddings[0]?.length ?? 0;
    if (
      length === 0 ||
      !answer.embeddings.every((vector) => vector.length === length && vector.every(Number.isFinite))
    ) {
      const message =
        'The provider answered vectors that are empty, differ in length or hold what is no number.';
      return failed(failure('provider_malformed', message));
    }
    usage = embeddings.length === input.length ? answer.usage : sumOfUsage(usage, answer.usage);
    model = answer.model;
  }
  return { ok: true, answer: { embeddings, usage, model } };
}
