import { z } from 'zod';
import { chatParamsSchema } from '../chat/chat.v1.ts';
import { endpoint } from '../endpoint.ts';
import { idSchema } from '../ids.ts';
import { PROVIDERS } from './providers.ts';

/** Body of `POST /api/ai-profiles`. */
export const profileBodySchema = z.strictObject({
  name: z.string().trim().min(1).max(100),
  provider: z.enum(PROVIDERS),
  model: z.string().trim().min(1).max(200),
  /** The provider's key in plain text, on its way to being sealed. Visible ASCII, as it goes into a header. */
  apiKey: z.string().regex(/^[\x21-\x7e]{1,4096}$/, 'must be 1 to 4096 visible ASCII characters'),
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .optional(),
  params: chatParamsSchema.optional(),
});
export type ProfileBody = z.infer<typeof profileBodySchema>;

/** A profile as clients see it. The key never comes back: `keyHint` is its last four characters. */
export const profileSchema = z.object({
  id: idSchema,
  name: z.string(),
  provider: z.enum(PROVIDERS),
  model: z.string(),
  baseUrl: z.string(),
  params: chatParamsSchema.optional(),
  keyHint: z.string(),
  version: z.int().positive(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type Profile = z.infer<typeof profileSchema>;

/** A provider key sealed by HPKE to the runners' public key; all three in base64url. */
export const sealedKeySchema = z.object({ keyId: z.string(), enc: z.string(), ciphertext: z.string() });
export type SealedKey = z.infer<typeof sealedKeySchema>;

/** What a runner needs of a profile. */
export const sealedProfileSchema = profileSchema.extend({ teamId: idSchema, sealedKey: sealedKeySchema });
export type SealedProfile = z.infer<typeof sealedProfileSchema>;

const profileOfTeam = z.object({ teamId: idSchema, profileId: idSchema });

/** Errors: validation_failed (an address that the operator does not allow, a provider that cannot be called yet). */
export const createProfile = endpoint(
  'auth.profiles.create',
  z.object({ teamId: idSchema, userId: idSchema, body: profileBodySchema }),
  profileSchema,
);
export const profilesQuerySchema = z.strictObject({
  cursor: z.string().max(256).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
/** A team's profiles, newest first. */
export const listProfiles = endpoint(
  'auth.profiles.list',
  z.object({ teamId: idSchema, query: profilesQuerySchema }),
  z.object({ items: z.array(profileSchema), nextCursor: z.string().nullable() }),
);
/** Errors: not_found, also for another team's. */
export const getProfile = endpoint('auth.profiles.get', profileOfTeam, profileSchema);
/** For runners alone. Errors: not_found. */
export const getSealedProfile = endpoint('auth.profiles.sealed', profileOfTeam, sealedProfileSchema);

/** Event on `profiles.<team>.<profile>.changed`: caches drop what they hold of it. */
export const profileChangedSchema = z.object({
  v: z.literal(1),
  teamId: idSchema,
  profileId: idSchema,
  version: z.int(),
});
