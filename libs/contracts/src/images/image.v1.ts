import { z } from 'zod';
import { imageUrlSchema } from '../chat/message.v1.ts';

/**
 * What a job of kind `image` takes. `size` and `quality` are in the provider's own words (`1024x1024`, `2K`, `16:9`;
 * `high`, `hd`). With `images` the prompt says what is to become of them.
 */
export const imageInput = {
  prompt: z.string().min(1).max(20_000),
  /** How many; one when left out. */
  n: z.int().min(1).max(10).optional(),
  size: z
    .string()
    .regex(/^[A-Za-z0-9:.x-]{1,32}$/, 'must be 1 to 32 characters, such as 1024x1024, 2K, 16:9 or auto')
    .optional(),
  quality: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,32}$/, 'must be 1 to 32 characters of A-Z a-z 0-9 _ -')
    .optional(),
  seed: z.int().optional(),
  images: z.array(imageUrlSchema).min(1).max(16).optional(),
};
export type ImageInput = z.infer<z.ZodObject<typeof imageInput>>;

export const IMAGE_TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const;
export type ImageType = (typeof IMAGE_TYPES)[number];

/** An image that was made. `url` is a path of the gateway, for the job's own team; the provider's is never shown. */
export const storedImageSchema = z.object({
  id: z.string(),
  url: z.string().startsWith('/api/files/'),
  mimeType: z.enum(IMAGE_TYPES),
  /** The prompt as the provider rewrote it. */
  revisedPrompt: z.string().optional(),
});
export type StoredImage = z.infer<typeof storedImageSchema>;
