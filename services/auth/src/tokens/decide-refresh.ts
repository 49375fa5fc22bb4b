/** A refresh token lives 30 days; each rotation starts them anew. In milliseconds. */
export const REFRESH_TOKEN_MS = 30 * 24 * 60 * 60 * 1000;

/** All sessions that came of one login: the hash of the one token that is still good. */
export type RefreshFamily = {
  id: string;
  userId: string;
  teamId: string;
  currentHash: string;
  /** The user's `sessionEpoch` at the login (absent: 0). */
  epoch?: number;
  createdAt: Date;
  expiresAt: Date;
};

export type RefreshVerdict = 'rotate' | 'reused' | 'unknown';

/**
 * What a presented token is. A token that names a living family and is not its current one was used before
 * (a family's id is known only from its tokens and from the access tokens that came with them): either the holder or a thief is late, and nobody can tell
 * which, so the family must end (RFC 9700 section 4.14.2).
 */
export function decideRefresh(
  family: RefreshFamily | null,
  presentedHash: string,
  now: Date,
): RefreshVerdict {
  if (!family || family.expiresAt <= now) return 'unknown';
  return family.currentHash === presentedHash ? 'rotate' : 'reused';
}

/** Whether all sessions of the user were ended since the login that a family came of. */
export function isOver(family: Pick<RefreshFamily, 'epoch'>, user: { sessionEpoch?: number }): boolean {
  return (family.epoch ?? 0) !== (user.sessionEpoch ?? 0);
}

export function refreshExpiry(now: Date): Date {
  return new Date(now.getTime() + REFRESH_TOKEN_MS);
}
