import { createHash, randomBytes } from 'node:crypto';
import { inviteCodeSchema } from '@sluice/contracts';

const PREFIX = 'slinv_';
const SECRET_BYTES = 32;

/** A new code, shown once. */
export function newInviteCode(): { code: string; hash: string } {
  const code = PREFIX + randomBytes(SECRET_BYTES).toString('base64url');
  return { code, hash: sha256(code) };
}

/** What is stored of a code; null when the text cannot be one of ours. */
export function hashOfInviteCode(code: string): string | null {
  return inviteCodeSchema.safeParse(code).success ? sha256(code) : null;
}

// No salt, no stretching and no throttle: there is nothing to guess in 256 random bits.
function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
