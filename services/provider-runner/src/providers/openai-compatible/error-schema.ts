import { z } from 'zod';

/** OpenAI's error object; others send a number as code, or only a text. */
export const wireErrorSchema = z.union([
  z.object({
    message: z.string().nullish(),
    type: z.string().nullish().catch(null),
    code: z.union([z.string(), z.number()]).nullish().catch(null),
    /** OpenRouter's: why its moderation stopped a request. */
    metadata: z
      .object({ reasons: z.array(z.unknown()).nullish() })
      .nullish()
      .catch(null),
  }),
  z.string(),
]);
export type WireError = z.infer<typeof wireErrorSchema>;

/** The body of an answer that is no success. */
export const errorBodySchema = z
  .object({ error: wireErrorSchema, code: z.string().nullish().catch(null) })
  .transform(({ error, code }): { error: WireError } => ({
    // xAI: the error is a text, and its code stands beside it.
    error: typeof error === 'string' ? { message: error, code } : error,
  }));

/** What FastAPI says of a request that does not fit: a text, or a list of faults with their places. */
const faults = z
  .array(z.object({ loc: z.array(z.union([z.string(), z.number()])).optional(), msg: z.string() }))
  .transform((list) =>
    list.map(({ loc, msg }) => [loc?.join('.'), msg].filter(Boolean).join(': ')).join('; '),
  );
const detail = z.union([z.string(), faults]);

/**
 * An error whose fields stand at the top of the body, as with Mistral and vLLM. Only for an answer that is no success:
 * with a 200 a `message` may be anything.
 */
export const bareErrorSchema = z
  .object({
    message: z
      .union([z.string(), z.object({ detail }).transform((message) => message.detail)])
      .nullish()
      .catch(null),
    detail: detail.nullish().catch(null),
    type: z.string().nullish().catch(null),
    code: z.union([z.string(), z.number()]).nullish().catch(null),
  })
  .transform(({ message, detail, type, code }): WireError => ({ message: message ?? detail, type, code }))
  .refine((error) => typeof error !== 'string' && Boolean(error.message));
