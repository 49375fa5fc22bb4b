import { z } from 'zod';
import { actorSchema } from '../auth/access.ts';
import { endpoint } from '../endpoint.ts';
import { idSchema } from '../ids.ts';
import { pageOf, pageQuerySchema } from '../page.ts';
import { sealedKeyBodySchema, storedKeySchema } from './keys.v1.ts';
import { PROVIDERS } from './providers.ts';
import {
  changeableFields,
  changeableImageFields,
  imageSettingsSchema,
  pricingSchema,
  profileLimitsSchema,
  profileParamsSchema,
  profileSettingsSchema,
} from './settings.ts';

/** The provider's key in plain text, on its way to being sealed. Visible ASCII, as it goes into a header. */
const apiKey = z.string().regex(/^[\x21-\x7e]{1,4096}$/, 'must be 1 to 4096 visible ASCII characters');
/** One of the two, or neither: auth says where a key is needed. */
const keyFields = { apiKey: apiKey.optional(), sealedKey: sealedKeyBodySchema.optional() };

/** Body of `POST /api/ai-profiles`. */
export const profileBodySchema = profileSettingsSchema.extend({
  ...keyFields,
  image: imageSettingsSchema.extend(keyFields).optional(),
  /** The id that `GET /api/keys/sealing` reserved; needed with a sealed key, which is bound to it. */
  profileId: idSchema.optional(),
});
export type ProfileBody = z.infer<typeof profileBodySchema>;

/**
 * Body of `PATCH /api/ai-profiles/:id`, a JSON merge patch (RFC 7396): what is left out stays, null clears what may be
 * absent, objects are merged.
 */
export const profilePatchSchema = z.strictObject({
  ...changeableFields,
  apiKey: apiKey.nullish(),
  sealedKey: keyFields.sealedKey,
  image: z
    .strictObject({ ...changeableImageFields, apiKey: apiKey.nullish(), sealedKey: keyFields.sealedKey })
    .nullish(),
});
export type ProfilePatch = z.infer<typeof profilePatchSchema>;

/**
 * The last four characters of a key. Null where there is nothing to show: no key is needed, the client sealed it, so
 * that nobody but a runner can read it, or it has fewer than eight characters, of which four would be too many.
 */
const keyHint = z.string().nullable();

/** A profile as clients see it; keys never come back. `baseUrl` is the one in force. */
export const profileSchema = z.object({
  id: idSchema,
  name: z.string(),
  provider: z.enum(PROVIDERS),
  model: z.string(),
  baseUrl: z.string(),
  params: profileParamsSchema.optional(),
  keyHint,
  /** `keyHint` is there when images have a key of their own. */
  image: z
    .object({ model: z.string().optional(), baseUrl: z.string().optional(), keyHint: keyHint.optional() })
    .optional(),
  pricing: pricingSchema.optional(),
  fallbackProfileIds: z.array(idSchema).optional(),
  limits: profileLimitsSchema.optional(),
  version: z.int().positive(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type Profile = z.infer<typeof profileSchema>;

/** What a runner needs of a profile. A slot without a record has no key of its own. */
export const sealedProfileSchema = profileSchema.extend({
  teamId: idSchema,
  sealedKey: storedKeySchema.optional(),
  image: profileSchema.shape.image.unwrap().extend({ sealedKey: storedKeySchema.optional() }).optional(),
});
export type SealedProfile = z.infer<typeof sealedProfileSchema>;

const profileOfTeam = z.object({ teamId: idSchema, profileId: idSchema });

/**
 * Errors: forbidden (no owner), validation_failed (an address that the operator does not allow, a provider that cannot
 * be called yet, a key that is missing, an id that is not reserved), not_found (a fallback).
 */
export const createProfile = endpoint(
  'auth.profiles.create',
  z.object({ actor: actorSchema, body: profileBodySchema }),
  profileSchema,
  { secret: true },
);

/** The versions that the caller will change (`If-Match`); left out, any. */
const ifVersion = z.array(z.int()).max(100).optional();

/**
 * Errors: as `createProfile`, and not_found (also for another team's), precondition_failed (the profile has none of
 * the versions), validation_failed at `apiKey` or `image.apiKey` (the key must come with its new address).
 */
export const changeProfile = endpoint(
  'auth.profiles.change',
  z.object({ actor: actorSchema, profileId: idSchema, ifVersion, patch: profilePatchSchema }),
  profileSchema,
  { secret: true },
);
/** Errors: forbidden, not_found, precondition_failed, conflict (another profile names it as a fallback). */
export const deleteProfile = endpoint(
  'auth.profiles.delete',
  z.object({ actor: actorSchema, profileId: idSchema, ifVersion }),
  z.object({}),
);

/** A team's profiles, newest first. */
export const listProfiles = endpoint(
  'auth.profiles.list',
  z.object({ teamId: idSchema, query: pageQuerySchema }),
  pageOf(profileSchema),
);
/** Errors: not_found, also for another team's. */
export const getProfile = endpoint('auth.profiles.get', profileOfTeam, profileSchema);
/** What `model` of the OpenAI-compatible routes may be: a profile's name, a slash, and a provider's model. */
const MODEL_UNITS = 400;

/**
 * The profile that `model` names: by its id, else by its name, else, for `name/model`, by the longest part before a
 * slash that is an id or a name; what follows it is `override`, the model to ask for instead of the profile's. Errors:
 * not_found, conflict (several profiles have this name).
 */
export const resolveProfile = endpoint(
  'auth.profiles.resolve',
  z.object({ teamId: idSchema, model: z.string().min(1).max(MODEL_UNITS) }),
  z.object({ profile: profileSchema, override: z.string().optional() }),
);
/** Errors: not_found. */
export const getSealedProfile = endpoint('auth.profiles.sealed', profileOfTeam, sealedProfileSchema, {
  callers: ['provider-runner'],
});

/** Event on `profiles.<team>.<profile>.changed`, also for a deletion: caches drop what they hold of it. */
export const profileChangedSchema = z.object({
  v: z.literal(1),
  teamId: idSchema,
  profileId: idSchema,
  version: z.int(),
});
