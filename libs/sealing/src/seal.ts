import { fromBase64url, toBase64url } from './base64url.ts';
import { additionalData, type Binding } from './binding.ts';
import { SealingError } from './errors.ts';
import type { KeyRing } from './key-ring.ts';
import { type SealingPublicKey, suite } from './keys.ts';
import { openLegacy } from './legacy.ts';

/** A sealed provider key as it is stored and sent; `enc` and `ciphertext` in base64url. */
export type SealedKey = {
  readonly keyId: string;
  readonly enc: string;
  readonly ciphertext: string;
};

/** A record of the older form, see `openLegacy`. */
export type LegacyKey = { readonly legacy: string };

const INFO = new TextEncoder().encode('sluice/provider-key/v1');

/**
 * Seals a provider key to a public key with HPKE base mode (RFC 9180), bound to what it is for. Two seals of
 * the same key differ. Throws `binding_unusable`.
 */
export async function seal(
  publicKey: SealingPublicKey,
  binding: Binding,
  plaintext: string,
): Promise<SealedKey> {
  const sealed = await suite.seal(
    { recipientPublicKey: publicKey.key, info: INFO },
    new TextEncoder().encode(plaintext),
    additionalData(binding),
  );
  return { keyId: publicKey.keyId, enc: toBase64url(sealed.enc), ciphertext: toBase64url(sealed.ct) };
}

/**
 * Opens a sealed provider key, of the older form too, which is bound to nothing (see `openLegacy`). Throws `key_unknown` when the ring lacks its key, `does_not_open` when it was
 * altered, was sealed for another binding or to another key, `binding_unusable` as `seal` does. There is no
 * partial result.
 */
export async function open(ring: KeyRing, binding: Binding, sealed: SealedKey | LegacyKey): Promise<string> {
  if ('legacy' in sealed) return openLegacy(ring, sealed.legacy);
  const aad = additionalData(binding);
  const pair = ring.byId.get(sealed.keyId);
  if (pair === undefined) {
    throw new SealingError(
      'key_unknown',
      'the provider key is sealed to a key that this runner does not hold',
    );
  }
  const enc = fromBase64url(sealed.enc);
  const ciphertext = fromBase64url(sealed.ciphertext);
  if (enc === null || ciphertext === null) {
    throw doesNotOpen();
  }
  // The pair, not the private key alone: from a key it cannot export, @hpke/core guesses the public point.
  const recipientKey = { publicKey: pair.key, privateKey: pair.privateKey };
  try {
    const plaintext = await suite.open({ recipientKey, enc, info: INFO }, ciphertext, aad);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(plaintext);
  } catch {
    throw doesNotOpen();
  }
}

function doesNotOpen(): SealingError {
  return new SealingError(
    'does_not_open',
    'the provider key does not open: altered, or sealed for another use',
  );
}
