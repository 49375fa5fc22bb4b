import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { idSchema } from '../ids.ts';
import { sealedKeyBodySchema, storedKeySchema } from './keys.v1.ts';
import { PROVIDERS } from './providers.ts';

/** One record of a profile, with all that it is bound to. `version` is the profile's. */
export const keyInSlotSchema = z.object({
  teamId: idSchema,
  profileId: idSchema,
  slot: z.enum(['chat', 'image']),
  provider: z.enum(PROVIDERS),
  /** `scheme://host:port` of the base URL in force. */
  origin: z.string(),
  version: z.int(),
  record: storedKeySchema,
});
export type KeyInSlot = z.infer<typeof keyInSlotSchema>;

/** Callers re-seal with the command line, which holds the secrets; auth has the records. */
const callers = ['operator'] as const;

/**
 * Every record of every team, by profile id: those of up to `limit` profiles, and the last of their ids when more
 * follow.
 */
export const listSealedKeys = endpoint(
  'auth.sealed-keys.list',
  z.object({ after: idSchema.optional(), limit: z.int().min(1).max(500).default(100) }),
  z.object({ items: z.array(keyInSlotSchema), next: idSchema.nullable() }),
  { callers },
);

/**
 * Replaces a record on the condition that it is still `from`, so that a change made in between stays. The profile's
 * version stays, since clients see no change; caches of its key are dropped. Errors: conflict (the record is another
 * one, or the profile is gone), precondition_failed (`to` is not sealed to the key that auth seals to).
 */
export const replaceSealedKey = endpoint(
  'auth.sealed-keys.replace',
  keyInSlotSchema
    .pick({ teamId: true, profileId: true, slot: true })
    .extend({ from: storedKeySchema, to: sealedKeyBodySchema }),
  z.object({}),
  { callers },
);
