import { AppError, type Session } from '@sluice/contracts';
import { ACCESS_TOKEN_SECONDS, signAccessToken } from '../tokens/access-token.ts';
import { decideRefresh, isOver, refreshExpiry } from '../tokens/decide-refresh.ts';
import type { RefreshRepository } from '../tokens/refresh-repository.ts';
import { newRefreshToken, readRefreshToken } from '../tokens/refresh-token.ts';
import type { SigningKey } from '../tokens/signing-key.ts';
import type { AccountRepository } from './account-repository.ts';
import { type Account, accountGone } from './decide-account.ts';
import { teamView, userView } from './views.ts';

export type SessionDeps = {
  accounts: AccountRepository;
  refreshTokens: RefreshRepository;
  signingKey: SigningKey;
  now: () => Date;
  /** Told when a used token came again; the family's sessions have ended by then. */
  onReuse: (family: { familyId: string; userId: string; teamId: string }) => void;
};

/**
 * Starts a session, and with it a new family of refresh tokens. `now` is taken before the account was read: should all
 * sessions of the user end in between, the refresh token is of an earlier epoch and the access token too old.
 */
export async function startSession(deps: SessionDeps, account: Account, now: Date): Promise<Session> {
  const { familyId, hash, token } = newRefreshToken();
  await deps.refreshTokens.insert({
    id: familyId,
    userId: account.user.id,
    teamId: account.team.id,
    currentHash: hash,
    epoch: account.user.sessionEpoch ?? 0,
    createdAt: now,
    expiresAt: refreshExpiry(now),
  });
  return sessionOf(deps, account, token, now);
}

/** Exchanges a refresh token for a session with the next one. Throws AppError `unauthenticated`. */
export async function continueSession(deps: SessionDeps, refreshToken: string): Promise<Session> {
  const now = deps.now();
  const presented = readRefreshToken(refreshToken);
  if (!presented) throw notAccepted();
  const family = await deps.refreshTokens.find(presented.familyId);
  const verdict = decideRefresh(family, presented.hash, now);
  if (!family || verdict === 'unknown') throw notAccepted();
  const endReused = async () => {
    await deps.refreshTokens.end(family.id);
    deps.onReuse({ familyId: family.id, userId: family.userId, teamId: family.teamId });
    return notAccepted();
  };
  if (verdict === 'reused') throw await endReused();
  const account = await deps.accounts.findAccount(family.userId, family.teamId);
  if (!account) {
    await deps.refreshTokens.end(family.id);
    throw accountGone();
  }
  if (isOver(family, account.user)) {
    await deps.refreshTokens.end(family.id);
    throw notAccepted();
  }
  const next = newRefreshToken(family.id);
  const change = {
    id: family.id,
    fromHash: presented.hash,
    toHash: next.hash,
    expiresAt: refreshExpiry(now),
  };
  // Lost only to another use of the same token.
  if (!(await deps.refreshTokens.rotate(change))) throw await endReused();
  return sessionOf(deps, account, next.token, now);
}

/** Ends the session of a refresh token, and every other of its family. Unknown tokens are fine. */
export async function endSession(deps: SessionDeps, refreshToken: string): Promise<void> {
  const presented = readRefreshToken(refreshToken);
  if (presented) await deps.refreshTokens.end(presented.familyId);
}

async function sessionOf(
  { signingKey }: SessionDeps,
  { user, team, membership }: Account,
  refreshToken: string,
  now: Date,
): Promise<Session> {
  return {
    accessToken: await signAccessToken(signingKey, membership, now),
    expiresIn: ACCESS_TOKEN_SECONDS,
    refreshToken,
    user: userView(user),
    team: teamView(team),
  };
}

function notAccepted(): AppError {
  return new AppError('unauthenticated', 'The refresh token is not valid, or no longer; log in again.');
}
