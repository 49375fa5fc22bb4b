import { z } from 'zod';
import { idSchema } from '../ids.ts';
import { attemptSchema, retryingSchema, startedSchema } from '../jobs/events.v1.ts';

/** A fragment of a tool call; fragments with one index belong together. */
export const toolCallDeltaSchema = z.object({
  index: z.int().nonnegative(),
  id: z.string().optional(),
  name: z.string().optional(),
  argumentsDelta: z.string().optional(),
});

/** What a provider sent in one go. At most 64 KB of text: a runner splits what is larger. */
export const deltaContentSchema = z.object({
  text: z.string().optional(),
  reasoningText: z.string().optional(),
  toolCalls: z.array(toolCallDeltaSchema).optional(),
});
export type DeltaContent = z.infer<typeof deltaContentSchema>;

/** A delta of one job; `index` counts from 0 without gaps within an attempt. */
export const deltaSchema = deltaContentSchema.extend({ index: z.int().nonnegative() });
export type Delta = z.infer<typeof deltaSchema>;

/**
 * Live output of all jobs that one runner works on for one gateway: a core message every 2 ms, at most
 * 256 KB. Lossy; the pieces hold the same deltas.
 */
export const frameSchema = z.object({
  v: z.literal(1),
  items: z.array(
    z.discriminatedUnion('type', [
      z.object({ type: z.literal('delta'), jobId: idSchema, attempt: attemptSchema, delta: deltaSchema }),
      z.object({ type: z.literal('started'), jobId: idSchema, data: startedSchema }),
      z.object({ type: z.literal('retrying'), jobId: idSchema, data: retryingSchema }),
    ]),
  ),
});
export type Frame = z.infer<typeof frameSchema>;
export type FrameItem = Frame['items'][number];

/**
 * The same deltas for everyone else: one message on `deltas.<team>.<job>` every 100 ms or 4 KB.
 * The offsets say how many UTF-16 units of text and reasoning came before `deltas[0]` in this attempt.
 */
export const pieceSchema = z.object({
  v: z.literal(1),
  attempt: attemptSchema,
  textOffset: z.int().nonnegative(),
  reasoningOffset: z.int().nonnegative(),
  deltas: z.array(deltaSchema).min(1),
});
export type Piece = z.infer<typeof pieceSchema>;
