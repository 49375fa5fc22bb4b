import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from 'node:crypto';
import { type Jwks, jwksSchema } from '@sluice/contracts';
import { calculateJwkThumbprint } from 'jose';

type Signer = { kid: string; privateKey: KeyObject };
/**
 * `privateKey` signs tokens, under `kid`: the public key's thumbprint (RFC 7638), the same in every replica with the
 * same secret. `jwks` has its public key first, and those of earlier secrets, whose tokens are still good, after it;
 * `signers` has all of them in that order, for events, which each of them signs.
 */
export type SigningKey = Signer & { jwks: Jwks; signers: readonly Signer[] };

const INFO = 'sluice/access-token/ed25519/v1';
const SEED_BYTES = 32;
/** RFC 8410: the PKCS #8 wrapping of an Ed25519 seed. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The key of JWT_SECRET, with the public keys of JWT_SECRET_PREVIOUS. */
export async function deriveSigningKey(
  secret: string,
  previous: readonly string[] = [],
): Promise<SigningKey> {
  const current = await signerOf(secret);
  const signers = [current, ...(await Promise.all(previous.map(signerOf)))];
  const keys = signers.map(({ privateKey, kid }) => {
    const { kty, crv, x } = createPublicKey(privateKey).export({ format: 'jwk' });
    return { kty, crv, x, kid, alg: 'EdDSA', use: 'sig' };
  });
  return { ...current, signers, jwks: jwksSchema.parse({ keys }) };
}

async function signerOf(secret: string): Promise<Signer> {
  const privateKey = privateKeyOf(secret);
  return { privateKey, kid: await calculateJwkThumbprint(createPublicKey(privateKey)) };
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
