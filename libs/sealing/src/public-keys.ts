import { fromBase64url } from './base64url.ts';
import { SealingError } from './errors.ts';
import type { KeyRing } from './key-ring.ts';
import { keyIdOf, type SealingPublicKey, suite } from './keys.ts';

const POINT_BYTES = 65;
const UNCOMPRESSED = 0x04;

/** The text of SEALING_PUBLIC_KEYS: `keyId:base64url` of each key, separated by commas, the current first. */
export function publicKeys(ring: KeyRing): string {
  return [...ring.byId.values()].map(publicKeyText).join(',');
}

/** One entry of that text. */
export const publicKeyText = ({ keyId, publicKey }: SealingPublicKey): string => `${keyId}:${publicKey}`;

/**
 * Reads the text that `publicKeys` writes; the first key is the one to seal to. Every key is checked: 65
 * bytes, a point on the curve, the id derived from it. Throws `public_key_unusable`, naming the entry by its
 * place, never by its text: somebody may have put the secret there.
 */
export async function parsePublicKeys(
  text: string,
): Promise<readonly [SealingPublicKey, ...SealingPublicKey[]]> {
  const [first = '', ...others] = text.split(',').map((entry) => entry.trim());
  if (first === '' && others.length === 0) {
    throw new SealingError('public_key_unusable', 'no public key is given');
  }
  return [
    await parseEntry(first, 1),
    ...(await Promise.all(others.map((entry, index) => parseEntry(entry, index + 2)))),
  ];
}

async function parseEntry(entry: string, place: number): Promise<SealingPublicKey> {
  const fault = (what: string) => new SealingError('public_key_unusable', `public key ${place} ${what}`);
  const [keyId, publicKey, ...rest] = entry.split(':');
  if (keyId === undefined || publicKey === undefined || rest.length > 0) {
    throw fault('is not of the form keyId:base64url');
  }
  const point = fromBase64url(publicKey);
  if (point === null) {
    throw fault('is not unpadded base64url');
  }
  if (point.length !== POINT_BYTES || point[0] !== UNCOMPRESSED) {
    throw fault(`is not an uncompressed point of ${POINT_BYTES} bytes`);
  }
  const key = await suite.kem.deserializePublicKey(point).catch(() => null);
  if (key === null) {
    throw fault('is not a point on P-256');
  }
  if (keyIdOf(point) !== keyId) {
    throw fault('does not match its key id');
  }
  return { keyId, publicKey, key };
}
