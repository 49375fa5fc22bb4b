import { createHash, randomBytes } from 'node:crypto';
import { newId } from '@sluice/contracts';

const SECRET_BYTES = 32;
const FORM = /^([a-z2-7]{26})\.[A-Za-z0-9_-]{43}$/;

/** `token` is the client's alone; what is stored is its family and its SHA-256. */
export type RefreshToken = { token: string; familyId: string; hash: string };

/** A new token, `<family>.<256 random bits>`: of the family of the one it replaces, or the first of its own. */
export function newRefreshToken(familyId: string = newId()): RefreshToken {
  const token = `${familyId}.${randomBytes(SECRET_BYTES).toString('base64url')}`;
  return { token, familyId, hash: hashOf(token) };
}

/** Null when the text cannot be one of ours. */
export function readRefreshToken(token: string): RefreshToken | null {
  const familyId = FORM.exec(token)?.[1];
  return familyId === undefined ? null : { token, familyId, hash: hashOf(token) };
}

// No salt and no stretching: there is nothing to guess in 256 random bits.
function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
