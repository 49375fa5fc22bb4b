import type { AccessClaims } from '@sluice/contracts';

/** Auth makes none that live longer: 15 minutes. */
const MAX_LIFE_SECONDS = 900;
/** How far auth's clock may be ahead of ours. */
const AHEAD_MS = 60_000;

/**
 * Whether auth makes access tokens with such times. One from the future would escape every revocation, and one that
 * lives longer would outlast what is remembered of them.
 */
export function decideClaims(
  { iat, iatMs, exp }: Pick<AccessClaims, 'iat' | 'iatMs' | 'exp'>,
  nowMs: number,
) {
  return Math.max(iat * 1000, iatMs) <= nowMs + AHEAD_MS && exp - iat <= MAX_LIFE_SECONDS;
}
