import { z } from 'zod';
import { failure } from '../../../job/failure.ts';
import { MAX_VECTOR_PARTS, parseJson } from '../../answer-failures.ts';
import { apiUrl } from '../../api-url.ts';
import type { AdapterDeps } from '../../chat-exchange.ts';
import { embedInBatches } from '../../embed-in-batches.ts';
import { type EmbedAnswer, type EmbedCall, failed, type Outcome } from '../../provider.ts';
import { exchangeWhole } from '../../whole-exchange.ts';
import { failureOfAnswer, failureOfBody } from '../errors.ts';
import { keyHeaderOf, type Preset } from '../presets.ts';

const count = z.int().nonnegative().nullish().catch(null);

const responseSchema = z.object({
  data: z
    .array(
      z.object({
        index: z.int().nonnegative().nullish(),
        embedding: z.union([z.array(z.number()), z.string()]),
      }),
    )
    .min(1),
  model: z.string().nullish(),
  usage: z.object({ prompt_tokens: count, total_tokens: count }).nullish().catch(null),
});

/** The preset of a vendor that has embeddings. */
type EmbeddingPreset = Preset & { readonly embeddings: NonNullable<Preset['embeddings']> };

export const hasEmbeddings = (preset: Preset): preset is EmbeddingPreset => preset.embeddings !== null;

/** `POST /embeddings` (OpenAI API reference), as often as the vendor's limits ask for. */
export function embed(
  preset: EmbeddingPreset,
  deps: AdapterDeps,
  call: EmbedCall,
): Promise<Outcome<EmbedAnswer>> {
  const { encoding, ...limits } = preset.embeddings;
  return embedInBatches(call, limits, ({ baseUrl, apiKey, model, input, dimensions, signal }) =>
    exchangeWhole(deps, {
      url: apiUrl(baseUrl, preset.version, '/embeddings'),
      headers: keyHeaderOf(preset, apiKey),
      body: JSON.stringify({ model, input, dimensions, encoding_format: encoding }),
      signal,
      readBody: (text) => readEmbeddings(text, { model, apiKey }),
      readError: (status, headers, text) => failureOfAnswer(status, headers, text, apiKey),
    }),
  );
}

function readEmbeddings(text: string, call: { model: string; apiKey: string }): Outcome<EmbedAnswer> {
  const body = parseJson(text, MAX_VECTOR_PARTS);
  const parsed = responseSchema.safeParse(body);
  if (!parsed.success) {
    return failed(failureOfBody(body, call.apiKey, 'embeddings'));
  }
  const { data, usage, model } = parsed.data;
  const embeddings: number[][] = [];
  // By their index, wherever they stand in the list.
  for (const [place, { index, embedding }] of data.entries()) {
    const vector = typeof embedding === 'string' ? floatsOf(embedding) : embedding;
    const at = index ?? place;
    if (vector === null || at >= data.length || embeddings[at] !== undefined) {
      return failed(failure('provider_malformed', 'The provider answered embeddings that cannot be read.'));
    }
    embeddings[at] = vector;
  }
  return {
    ok: true,
    answer: {
      embeddings,
      model: model ?? call.model,
      usage: usage
        ? {
            inputTokens: usage.prompt_tokens ?? null,
            outputTokens: null,
            totalTokens: usage.total_tokens ?? null,
            cachedInputTokens: null,
            reasoningTokens: null,
          }
        : null,
    },
  };
}

/** Base64 of 32-bit floats, little-endian, whatever this machine's order; null for what is none. */
function floatsOf(base64: string): number[] | null {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length === 0 || bytes.length % 4 !== 0) return null;
  return Array.from({ length: bytes.length / 4 }, (_, place) => bytes.readFloatLE(place * 4));
}
