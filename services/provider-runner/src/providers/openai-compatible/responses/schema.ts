import { z } from 'zod';
import { wireErrorSchema } from '../error-schema.ts';
import { usageSchema } from '../usage.ts';

/** The parts of OpenAI's response objects that are read; what else an item holds is left alone. */
const texts = z
  .array(z.looseObject({ type: z.string(), text: z.string().nullish(), refusal: z.string().nullish() }))
  .nullish();

/** A message, a function call, a step of reasoning, or a tool that the provider runs itself. */
export const itemSchema = z.object({
  type: z.string(),
  id: z.string().nullish(),
  content: texts.catch(null),
  summary: texts.catch(null),
  encrypted_content: z.string().nullish(),
  call_id: z.string().nullish(),
  name: z.string().nullish(),
  arguments: z.string().nullish(),
});
export type WireItem = z.infer<typeof itemSchema>;

export const responseSchema = z.object({
  id: z.string().nullish(),
  model: z.string().nullish(),
  status: z.string().nullish(),
  error: wireErrorSchema.nullish(),
  incomplete_details: z.object({ reason: z.string().nullish() }).nullish(),
  output: z.array(itemSchema).nullish(),
  output_text: z.string().nullish(),
  usage: usageSchema,
});
export type WireResponse = z.infer<typeof responseSchema>;

export const eventSchema = z.object({
  type: z.string(),
  output_index: z.int().nonnegative().optional(),
  delta: z.string().optional().catch(undefined),
  item: itemSchema.optional(),
  response: responseSchema.optional(),
  /** Of the event `error`: an object, or its fields beside the type. */
  error: wireErrorSchema.nullish(),
  code: z.string().nullish().catch(null),
  message: z.string().nullish().catch(null),
});
export type WireEvent = z.infer<typeof eventSchema>;
