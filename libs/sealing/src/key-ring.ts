import type { webcrypto } from 'node:crypto';
import { deriveKeyPair, type SealingKeyPair } from './keys.ts';
import { deriveLegacyKey } from './legacy.ts';

/** The key pairs a runner can open with, by key id; `current` is the one to seal to. */
export type KeyRing = {
  readonly current: SealingKeyPair;
  readonly byId: ReadonlyMap<string, SealingKeyPair>;
  /** The same secrets as keys of the older form of records, the current one first. */
  readonly legacy: readonly webcrypto.CryptoKey[];
};

/**
 * A key ring from API_KEY_ENCRYPTION_KEY and API_KEY_ENCRYPTION_KEY_PREVIOUS (comma-separated, spaces around
 * entries ignored). A previous secret that itself contains a comma, or begins or ends with a space, is given
 * as base64 of its SHA-256, which derives the same pair. Throws `secret_unusable` when `current` is empty.
 */
export async function keyRing(current: string, previous = ''): Promise<KeyRing> {
  const earlier = previous
    .split(',')
    .map((secret) => secret.trim())
    .filter((secret) => secret !== '');
  const currentPair = await deriveKeyPair(current);
  const pairs = [currentPair, ...(await Promise.all(earlier.map(deriveKeyPair)))];
  return {
    current: currentPair,
    byId: new Map(pairs.map((pair) => [pair.keyId, pair])),
    legacy: await Promise.all([current, ...earlier].map(deriveLegacyKey)),
  };
}
