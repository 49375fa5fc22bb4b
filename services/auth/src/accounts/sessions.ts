import { AppError, type Session } from '@sluice/contracts';
import type { Revocations } from '../revocations/revocations.ts';
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
  revocations: Pick<Revocations, 'revokeSession'>;
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
  return sessionOf(deps, account, { familyId, token }, now);
}

/** Exchanges a refresh token for a session with the next one. Throws AppError `unauthenticated`. */
export async function continueSession(
  deps: SessionDeps,
  refreshToken: string,
  requestId: string,
): Promise<Session> {
  const now = deps.now();
  const presented = readRefreshToken(refreshToken);
  if (!presented) throw notAccepted();
  const family = await deps.refreshTokens.find(presented.familyId);
  const verdict = decideRefresh(family, presented.hash, now);
  if (!family || verdict === 'unknown') throw notAccepted();
  const endReused = async () => {
    await endFamily(deps, family.id, requestId);
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
  return sessionOf(deps, account, next, now);
}

/**
 * Ends the session of a refresh token: every token of its family, and their access tokens. Unknown tokens are fine, and
 * leave nothing behind, since anybody may send them.
 */
export async function endSession(deps: SessionDeps, refreshToken: string, requestId: string): Promise<void> {
  const presented = readRefreshToken(refreshToken);
  if (presented && (await deps.refreshTokens.find(presented.familyId))) {
    await endFamily(deps, presented.familyId, requestId);
  }
}

/** The same for the session that an access token names, also where its refresh tokens have ended before. */
export async function endNamedSession(
  deps: SessionDeps,
  { userId, sessionId }: { userId: string; sessionId: string },
  requestId: string,
): Promise<void> {
  const family = await deps.refreshTokens.find(sessionId);
  if (!family || family.userId === userId) await endFamily(deps, sessionId, requestId);
}

/**
 * Revoked before the family goes: after a crash in between the family is still there, and whoever asks again ends it.
 * An access token that a refresh gives meanwhile has the same `sid`, so it is refused too.
 */
async function endFamily(deps: SessionDeps, familyId: string, requestId: string): Promise<void> {
  await deps.revocations.revokeSession(familyId, requestId);
  await deps.refreshTokens.end(familyId);
}

async function sessionOf(
  { signingKey }: SessionDeps,
  { user, team, membership }: Account,
  { familyId: sessionId, token }: { familyId: string; token: string },
  now: Date,
): Promise<Session> {
  const { userId, teamId, role } = membership;
  return {
    accessToken: await signAccessToken(signingKey, { userId, teamId, role, sessionId }, now),
    expiresIn: ACCESS_TOKEN_SECONDS,
    refreshToken: token,
    user: userView(user),
    team: teamView(team),
  };
}

function notAccepted(): AppError {
  return new AppError('unauthenticated', 'The refresh token is not valid, or no longer; log in again.');
}
