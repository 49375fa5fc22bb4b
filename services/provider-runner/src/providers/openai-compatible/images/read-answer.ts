import { z } from 'zod';
import { failure } from '../../../job/failure.ts';
import { parseJson } from '../../answer-failures.ts';
import { failed, type ImageAnswer, type MadeImage, type Outcome } from '../../provider.ts';
import { wireErrorSchema } from '../error-schema.ts';
import { failureOfBody, failureOfError } from '../errors.ts';

const count = z.int().nonnegative().nullish().catch(null);

/** An image, or why this one was not made (Ark, where the others were). */
const imageSchema = z.object({
  b64_json: z.string().min(1).nullish(),
  url: z.string().min(1).nullish(),
  revised_prompt: z.string().nullish().catch(null),
  error: wireErrorSchema.nullish().catch(null),
});

const responseSchema = z.object({
  data: z.array(imageSchema),
  model: z.string().nullish(),
  usage: z.object({ input_tokens: count, output_tokens: count, total_tokens: count }).nullish().catch(null),
});
type WireUsage = z.infer<typeof responseSchema>['usage'];

/** The outcome of an answer with a 200: what was made, without the images that were refused beside others. */
export function readImages(text: string, call: { model: string; apiKey: string }): Outcome<ImageAnswer> {
  const body = parseJson(text);
  const parsed = responseSchema.safeParse(body);
  if (!parsed.success) {
    return failed(failureOfBody(body, call.apiKey, 'images'));
  }
  const { data, model, usage } = parsed.data;
  const images = data.flatMap(imageOf);
  if (images.length === 0) {
    const refused = data.find(({ error }) => error)?.error;
    return failed(
      refused
        ? failureOfError(200, refused, call.apiKey)
        : failure('provider_empty_answer', 'The provider made no image.'),
    );
  }
  const answer = {
    text: '',
    finishReason: 'stop',
    model: model ?? call.model,
    usage: usageOf(usage),
  } as const;
  return { ok: true, answer: { ...answer, images } };
}

function imageOf({
  b64_json: base64,
  url,
  revised_prompt: prompt,
}: z.infer<typeof imageSchema>): MadeImage[] {
  const said = prompt ? { revisedPrompt: prompt } : {};
  if (base64) return [{ bytes: Buffer.from(base64, 'base64'), ...said }];
  return url ? [{ url, ...said }] : [];
}

function usageOf(usage: WireUsage): ImageAnswer['usage'] {
  if (!usage) return null;
  return {
    inputTokens: usage.input_tokens ?? null,
    outputTokens: usage.output_tokens ?? null,
    totalTokens: usage.total_tokens ?? null,
    cachedInputTokens: null,
    reasoningTokens: null,
  };
}
