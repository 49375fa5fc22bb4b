import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const SECRET_BYTES = 32;

/**
 * A token's text, for its maker alone, and the SHA-256 of its secret part, which is what is stored. The prefix lets
 * secret scanners find a token that was published by mistake.
 */
export function newApiTokenText(id: string): { token: string; secretHash: string } {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  // No salt and no stretching: there is nothing to guess in 256 random bits, and every request would pay for it.
  return {
    token: `slc_${id}_${secret}`,
    secretHash: createHash('sha256').update(secret).digest('base64url'),
  };
}

/** Compares two hashes in a time that tells nothing of where they differ. */
export function isSameHash(stored: string, presented: string): boolean {
  const [one, other] = [Buffer.from(stored), Buffer.from(presented)];
  return one.length === other.length && timingSafeEqual(one, other);
}
