import { z } from 'zod';
import { chatResultSchema } from '../chat/chat.v1.ts';
import { storedImageSchema } from '../images/image.v1.ts';

/**
 * What a job came to, one shape for every kind. Images and embeddings stand beside a text of `''` and the finish
 * reason `stop`, unless the model wrote something as well.
 */
export const jobResultSchema = chatResultSchema.extend({
  images: z.array(storedImageSchema).optional(),
  /** One vector for each text of the input, in its order. */
  embeddings: z.array(z.array(z.number())).optional(),
});
export type JobResult = z.infer<typeof jobResultSchema>;
