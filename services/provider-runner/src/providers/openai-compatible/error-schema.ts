import { z } from 'zod';

/** OpenAI's error object; others send a number as code, or only a text. */
export const wireErrorSchema = z.union([
  z.object({
    message: z.string().nullish(),
    type: z.string().nullish().catch(null),
    code: z.union([z.string(), z.number()]).nullish().catch(null),
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
