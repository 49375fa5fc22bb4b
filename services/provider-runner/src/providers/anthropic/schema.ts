import { z } from 'zod';

/** The parts of Anthropic's Messages API that are read (API reference, Messages and Streaming). */
const count = z.int().nonnegative().nullish().catch(null);

export const usageSchema = z
  .object({
    input_tokens: count,
    output_tokens: count,
    cache_read_input_tokens: count,
    cache_creation_input_tokens: count,
  })
  .nullish()
  .catch(null);
export type WireUsage = z.infer<typeof usageSchema>;

/** Text, thinking, a tool call, or a block of a tool that the provider runs itself, which is left alone. */
export const blockSchema = z.object({
  type: z.string(),
  text: z.string().nullish(),
  thinking: z.string().nullish(),
  signature: z.string().nullish(),
  data: z.string().nullish(),
  id: z.string().nullish(),
  name: z.string().nullish(),
  input: z.unknown().optional(),
});
export type WireBlock = z.infer<typeof blockSchema>;

export const messageSchema = z.object({
  type: z.literal('message'),
  id: z.string().nullish(),
  model: z.string().nullish(),
  content: z.array(blockSchema),
  stop_reason: z.string().nullish(),
  usage: usageSchema,
});
export type WireMessage = z.infer<typeof messageSchema>;

export const errorSchema = z.object({
  error: z.object({ type: z.string().nullish(), message: z.string().nullish() }),
});

export const eventSchema = z.object({
  type: z.string(),
  index: z.int().nonnegative().optional(),
  message: messageSchema.optional(),
  content_block: blockSchema.optional(),
  delta: z
    .object({
      type: z.string().nullish(),
      text: z.string().nullish(),
      thinking: z.string().nullish(),
      signature: z.string().nullish(),
      partial_json: z.string().nullish(),
      stop_reason: z.string().nullish(),
    })
    .optional(),
  usage: usageSchema,
  error: errorSchema.shape.error.optional(),
});
export type WireEvent = z.infer<typeof eventSchema>;
