import { z } from 'zod';
import { failure } from '../../job/failure.ts';
import { MAX_VECTOR_PARTS, parseJson } from '../answer-failures.ts';
import type { AdapterDeps } from '../chat-exchange.ts';
import { embedInBatches } from '../embed-in-batches.ts';
import { type EmbedAnswer, type EmbedCall, failed, type Outcome } from '../provider.ts';
import { exchangeWhole } from '../whole-exchange.ts';
import { failureOfAnswer } from './errors.ts';
import { bareName, modelUrl } from './model-url.ts';

/** "At most 100 requests can be in one batch" is what the API answers to more. */
const LIMITS = { inputs: 100 };

const responseSchema = z.object({
  embeddings: z.array(z.object({ values: z.array(z.number()).min(1) })).min(1),
});

/** `batchEmbedContents` (Gemini API reference); it counts no tokens. */
export function embed(
  deps: AdapterDeps,
  call: EmbedCall,
  headers: Readonly<Record<string, string>>,
): Promise<Outcome<EmbedAnswer>> {
  return embedInBatches(call, LIMITS, ({ baseUrl, model, apiKey, input, dimensions, signal }) =>
    exchangeWhole(deps, {
      url: modelUrl(baseUrl, model, 'batchEmbedContents'),
      headers,
      body: JSON.stringify({
        requests: input.map((text) => ({
          model: `models/${bareName(model)}`,
          content: { parts: [{ text }] },
          outputDimensionality: dimensions,
        })),
      }),
      signal,
      readBody: (text) => {
        const { data } = responseSchema.safeParse(parseJson(text, MAX_VECTOR_PARTS));
        if (!data)
          return failed(failure('provider_malformed', 'The provider answered 200 without embeddings.'));
        return {
          ok: true,
          answer: { embeddings: data.embeddings.map(({ values }) => values), model, usage: null },
        };
      },
      readError: (status, fields, text) => failureOfAnswer(status, fields, text, apiKey),
    }),
  );
}
