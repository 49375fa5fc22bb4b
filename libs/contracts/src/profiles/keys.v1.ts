import { z } from 'zod';
import { actorSchema } from '../auth/access.ts';
import { endpoint } from '../endpoint.ts';
import { idSchema } from '../ids.ts';

/** Unpadded base64url in which one value has one text: the bits that the last character does not need are zero. */
const BASE64URL = /^(?:[\w-]{4})*(?:[\w-][AQgw]|[\w-]{2}[AEIMQUYcgkosw048])?$/;
const bytesOf = (text: string): number => Math.floor((text.length * 3) / 4);

/** An uncompressed point on P-256. */
const POINT_BYTES = 65;
/** A key of 1 to 4,096 bytes, and the tag of AES-GCM. */
const CIPHERTEXT_BYTES = { min: 1 + 16, max: 4_096 + 16 };

const base64url = z.string().max(8_192).regex(BASE64URL, 'must be base64url without padding');

/** A provider key that the client sealed itself, by HPKE to the runners' public key; all three in base64url. */
export const sealedKeyBodySchema = z.strictObject({
  keyId: z.string().regex(/^[\w-]{16}$/, 'must be the keyId of GET /api/keys/sealing'),
  enc: base64url.refine((text) => bytesOf(text) === POINT_BYTES, `must be ${POINT_BYTES} bytes`),
  ciphertext: base64url.refine(
    (text) => bytesOf(text) >= CIPHERTEXT_BYTES.min && bytesOf(text) <= CIPHERTEXT_BYTES.max,
    `must be ${CIPHERTEXT_BYTES.min} to ${CIPHERTEXT_BYTES.max} bytes`,
  ),
});

/** The same as it is stored and sent to runners. */
export const sealedKeySchema = z.object({ keyId: z.string(), enc: z.string(), ciphertext: z.string() });
export type SealedKey = z.infer<typeof sealedKeySchema>;

/**
 * What a profile's slot may hold: also a record of the older form, `iv.tag.ciphertext` by AES-256-GCM, each part in
 * base64. Such records are imported; `sluice keys rotate` seals them anew.
 */
export const storedKeySchema = z.union([
  sealedKeySchema,
  z.object({ legacy: z.string().min(1).max(16_384) }),
]);
export type StoredKey = z.infer<typeof storedKeySchema>;

export const sealingQuerySchema = z.strictObject({ profileId: idSchema.optional() });

/** What a client needs to seal a key itself: to which public key (65 bytes in base64url), and for which profile. */
export const sealingKeySchema = z.object({
  keyId: z.string(),
  suite: z.literal('hpke-p256-sha256-aes256gcm'),
  publicKey: z.string(),
  profileId: idSchema,
});
export type SealingKey = z.infer<typeof sealingKeySchema>;

/**
 * The key to seal to, with a profile id that is reserved for the team for an hour, or with that of the profile named.
 * Errors: forbidden (no owner), not_found (the profile named is none of this team's).
 */
export const getSealingKey = endpoint(
  'auth.keys.sealing',
  z.object({ actor: actorSchema, query: sealingQuerySchema }),
  sealingKeySchema,
);
