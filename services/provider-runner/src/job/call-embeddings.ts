import type { EmbeddingInput } from '@sluice/contracts';
import type { AttemptOutcome, CallContext } from './call-provider.ts';
import { unable } from './failure.ts';
import { modelFor } from './model-for.ts';
import { tracedCall } from './traced-call.ts';

/** A vector for each text, by the profile's own address and key. */
export async function callEmbeddings(input: EmbeddingInput, context: CallContext): Promise<AttemptOutcome> {
  const { command, opened, signal } = context;
  const { profile, provider, apiKey } = opened;
  const { embed } = provider;
  if (!embed) return { ok: false, failure: unable(profile.provider, 'embed texts') };
  const call = { ...input, baseUrl: profile.baseUrl, apiKey, model: modelFor(command, profile), signal };
  const outcome = await tracedCall(context, { operation: 'embeddings', model: call.model }, () =>
    embed(call),
  );
  if (!outcome.ok) return outcome;
  const { embeddings, model, usage } = outcome.answer;
  return {
    ok: true,
    result: {
      ...{ text: '', reasoningText: null, toolCalls: [], json: null, finishReason: 'stop' },
      ...{ provider: profile.provider, model, usage, cost: null, embeddings },
    },
  };
}
