import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from 'node:crypto';
import { type Jwks, jwksSchema } from '@sluice/contracts';
import { calculateJwkThumbprint } from 'jose';

/**
 * `privateKey` signs, under `kid`: the public key's thumbprint (RFC 7638), the same in every replica with the same
 * secret. `jwks` has its public key first, and those of earlier secrets, whose tokens are still good, after it.
 */
export type SigningKey = { kid: string; privateKey: KeyObject; jwks: Jwks };

const INFO = 'sluice/access-token/ed25519/v1';
const SEED_BYTES = 32;
/** RFC 8410: the PKCS #8 wrapping of an Ed25519 seed. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The key of JWT_SECRET, with the public keys of JWT_SECRET_PREVIOUS. */
export async function deriveSigningKey(
  secret: string,
  previous: readonly string[] = [],
): Promise<SigningKey> {
  const current = privateKeyOf(secret);
  const publicKeys = [current, ...previous.map(privateKeyOf)].map((key) => createPublicKey(key));
  const named = await Promise.all(
    publicKeys.map(async (key) => ({ key, kid: await calculateJwkThumbprint(key) })),
  );
  const keys = named.map(({ key, kid }) => {
    const { kty, crv, x } = key.export({ format: 'jwk' });
    return { kty, crv, x, kid, alg: 'EdDSA', use: 'sig' };
  });
  return { kid: named[0]?.kid ?? '', privateKey: current, jwks: jwksSchema.parse({ keys }) };
}

/** The Ed25519 key of a secret, by HKDF-SHA256 (RFC 5869). */
function privateKeyOf(secret: string): KeyObject {
  const seed = Buffer.from(hkdfSync('sha256', secret, '', INFO, SEED_BYTES));
  const der = Buffer.concat([PKCS8_PREFIX, seed]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  seed.fill(0);
  der.fill(0);
  return privateKey;
}
