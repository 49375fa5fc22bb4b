import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from 'node:crypto';
import { type Jwks, jwksSchema } from '@sluice/contracts';
import { calculateJwkThumbprint } from 'jose';

/** `kid` is the public key's thumbprint (RFC 7638), the same in every replica with the same secret. */
export type SigningKey = { kid: string; privateKey: KeyObject; jwks: Jwks };

const INFO = 'sluice/access-token/ed25519/v1';
const SEED_BYTES = 32;
/** RFC 8410: the PKCS #8 wrapping of an Ed25519 seed. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Derives the Ed25519 key that signs access tokens from JWT_SECRET by HKDF-SHA256 (RFC 5869). */
export async function deriveSigningKey(secret: string): Promise<SigningKey> {
  const seed = Buffer.from(hkdfSync('sha256', secret, '', INFO, SEED_BYTES));
  const der = Buffer.concat([PKCS8_PREFIX, seed]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  seed.fill(0);
  der.fill(0);
  const publicKey = createPublicKey(privateKey);
  const kid = await calculateJwkThumbprint(publicKey);
  const { kty, crv, x } = publicKey.export({ format: 'jwk' });
  const jwks = jwksSchema.parse({ keys: [{ kty, crv, x, kid, alg: 'EdDSA', use: 'sig' }] });
  return { kid, privateKey, jwks };
}
