import { z } from 'zod';
import { chatBodyInput, chatInputSchema } from '../chat/chat.v1.ts';
import { requiredFormat } from '../chat/structured.v1.ts';
import { embeddingInput } from '../embeddings/embedding.v1.ts';
import { imageInput } from '../images/image.v1.ts';

/** Every kind of job, by what it takes. Within Sluice, whichever door it came through: later versions may add to it. */
export const JOB_INPUTS = {
  chat: chatInputSchema,
  structured: chatInputSchema.extend(requiredFormat),
  image: z.object(imageInput),
  embedding: z.object(embeddingInput),
} as const;

/** The same in a body of `/api`, where what is not known is refused. */
export const JOB_BODY_INPUTS = {
  chat: z.strictObject(chatBodyInput),
  structured: z.strictObject({ ...chatBodyInput, ...requiredFormat }),
  image: z.strictObject(imageInput),
  embedding: z.strictObject(embeddingInput),
} as const satisfies Record<JobKind, z.ZodType>;

export type JobKind = keyof typeof JOB_INPUTS;
export type JobInputOf<Kind extends JobKind> = z.infer<(typeof JOB_INPUTS)[Kind]>;

/** A kind and its input, which tells the type of the other. */
export type JobInput = { [Kind in JobKind]: { kind: Kind; input: JobInputOf<Kind> } }[JobKind];

export const JOB_KINDS = Object.keys(JOB_INPUTS) as [JobKind, ...JobKind[]];
