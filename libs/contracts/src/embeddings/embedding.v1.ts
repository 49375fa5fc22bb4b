import { z } from 'zod';

/** A body's own bound: no single text can be longer. What a model takes is the provider's to say. */
const TEXT_UNITS = 8 * 1024 * 1024;

/** What a job of kind `embedding` takes: one vector for each text, in their order. */
export const embeddingInput = {
  input: z.array(z.string().min(1).max(TEXT_UNITS)).min(1).max(2048),
  /** The length of each vector, where the model can shorten it. */
  dimensions: z.int().min(1).max(16_384).optional(),
};
export type EmbeddingInput = z.infer<z.ZodObject<typeof embeddingInput>>;
