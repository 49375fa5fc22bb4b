import type { Actor, Session } from '@sluice/contracts';
import type { Audit } from '../audit/audit.ts';
import type { Revocations } from '../revocations/revocations.ts';
import type { Throttle } from '../throttle/throttle.ts';
import { accountGone, passwordChangedMeanwhile, wrongCurrentPassword } from './decide-account.ts';
import { hashPassword, type PasswordCheck } from './passwords.ts';
import { type SessionDeps, startSession } from './sessions.ts';

export type EndingDeps = SessionDeps & {
  checkPassword: PasswordCheck;
  audit: Audit;
  revocations: Revocations;
  throttle: Throttle;
};

type Change = { actor: Actor; currentPassword: string; newPassword: string };

/** Replaces a user's password, ends all their sessions, and starts a new one. Errors: see `auth.password`. */
export async function replacePassword(
  deps: EndingDeps,
  { actor, currentPassword, newPassword }: Change,
  requestId: string,
): Promise<Session> {
  const { userId, teamId, address } = actor;
  const before = await deps.accounts.findAccount(userId, teamId);
  if (!before) throw accountGone();
  const { email, passwordHash: fromHash } = before.user;
  await deps.throttle.credentials({ email, address });
  const importedHash = await deps.accounts.findImportedHash();
  const { right } = await deps.checkPassword(currentPassword, fromHash, importedHash);
  if (!right) throw wrongCurrentPassword();
  const toHash = await hashPassword(newPassword);
  const target = { kind: 'user', id: userId } as const;
  await deps.audit({ actor, teamId, action: 'user.password_changed', target, requestId }, async () => {
    if (!(await deps.accounts.changePassword({ userId, fromHash, toHash }))) throw passwordChangedMeanwhile();
  });
  await clearSessions(deps, userId, requestId);
  const now = deps.now();
  const account = await deps.accounts.findAccount(userId, teamId);
  if (!account) throw accountGone();
  return startSession(deps, account, now);
}

/** Ends all sessions of a user, in every team. */
export async function endAllSessions(deps: EndingDeps, actor: Actor, requestId: string): Promise<void> {
  const { userId, teamId } = actor;
  if (!(await deps.accounts.findAccount(userId, teamId))) throw accountGone();
  const target = { kind: 'user', id: userId } as const;
  await deps.audit({ actor, teamId, action: 'user.logged_out_everywhere', target, requestId }, () =>
    deps.accounts.nextEpoch(userId),
  );
  await clearSessions(deps, userId, requestId);
}

/**
 * The epoch has ended the refresh tokens by now; their families go, and gateways are told of the access tokens. A
 * crash before that leaves access tokens that serve for what is left of their 15 minutes, and a caller without an
 * answer, who asks again.
 */
async function clearSessions(deps: EndingDeps, userId: string, requestId: string): Promise<void> {
  await deps.revocations.revokeUser({ userId }, requestId);
  await deps.refreshTokens.endAllOf(userId);
}
