import { createHash, type webcrypto } from 'node:crypto';
import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core';
import { toBase64url } from './base64url.ts';
import { SealingError } from './errors.ts';

/** The suite's name towards clients. */
export const SUITE = 'hpke-p256-sha256-aes256gcm';

export const suite = new CipherSuite({
  kem: new DhkemP256HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
});

/** `publicKey` is the 65-byte uncompressed point in base64url; `key` the same, imported. */
export type SealingPublicKey = {
  readonly keyId: string;
  readonly publicKey: string;
  readonly key: webcrypto.CryptoKey;
};

/** `privateKey` is not extractable: no code in the process can read it back. */
export type SealingKeyPair = SealingPublicKey & { readonly privateKey: webcrypto.CryptoKey };

/**
 * Derives the runners' key pair from API_KEY_ENCRYPTION_KEY, whose 32 bytes (see `secretBytes`) are the `ikm` of
 * DeriveKeyPair (RFC 9180 section 7.1.3). Throws `secret_unusable` for an empty string.
 */
export async function deriveKeyPair(secret: string): Promise<SealingKeyPair> {
  return keyPairOf(secretBytes(secret));
}

/** The key pair that follows from 32 bytes of key material, which are overwritten. */
export async function keyPairOf(ikm: Uint8Array<ArrayBuffer>): Promise<SealingKeyPair> {
  const derived = await suite.kem.deriveKeyPair(ikm);
  ikm.fill(0);
  const point = new Uint8Array(await suite.kem.serializePublicKey(derived.publicKey));
  return {
    keyId: keyIdOf(point),
    publicKey: toBase64url(point),
    key: derived.publicKey,
    privateKey: await withoutExport(derived.privateKey),
  };
}

/** The first 16 base64url characters (96 bits) of the SHA-256 of the 65-byte point. */
export function keyIdOf(point: Uint8Array): string {
  return createHash('sha256').update(point).digest('base64url').slice(0, 16);
}

/** Base64 (padded) of exactly 32 bytes is taken as those bytes, any other string as its SHA-256. */
export function secretBytes(secret: string): Uint8Array<ArrayBuffer> {
  if (secret === '') {
    throw new SealingError('secret_unusable', 'the encryption secret is empty');
  }
  const decoded = Buffer.from(secret, 'base64');
  if (decoded.length === 32 && decoded.toString('base64') === secret) {
    return Uint8Array.from(decoded);
  }
  return Uint8Array.from(createHash('sha256').update(secret, 'utf8').digest());
}

async function withoutExport(privateKey: webcrypto.CryptoKey): Promise<webcrypto.CryptoKey> {
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', privateKey));
  try {
    return await crypto.subtle.importKey('pkcs8', pkcs8, { name: 'ECDH', namedCurve: 'P-256' }, false, [
      'deriveBits',
    ]);
  } finally {
    pkcs8.fill(0);
  }
}
