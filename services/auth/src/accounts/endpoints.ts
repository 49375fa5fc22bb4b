import {
  changePassword,
  getIdentity,
  logIn,
  logOut,
  logOutEverywhere,
  newId,
  refreshSession,
  registerUser,
} from '@sluice/contracts';
import type { Answer } from '../answering.ts';
import { type HomeTeamDeps, homeAccount } from '../teams/home-team.ts';
import { type EndingDeps, endAllSessions, replacePassword } from './change-password.ts';
import {
  accountGone,
  canonicalEmail,
  decideAccount,
  emailTaken,
  SESSION_SCOPES,
  wrongCredentials,
} from './decide-account.ts';
import { hashPassword } from './passwords.ts';
import { continueSession, endNamedSession, endSession, startSession } from './sessions.ts';
import { teamView, userView } from './views.ts';

/** Answers `auth.register`, `.login`, `.refresh`, `.logout`, `.logout-all`, `.password` and `.identity`. */
export function serveAccounts(answer: Answer, deps: EndingDeps & HomeTeamDeps): void {
  const { accounts, throttle } = deps;

  answer(registerUser, async ({ email: given, password, teamName, address }, { requestId }) => {
    const email = canonicalEmail(given);
    await throttle.credentials({ email, address });
    // Spares the hash and the clean-up; the unique index is what decides.
    if (await accounts.findUserByEmail(email)) throw emailTaken();
    const passwordHash = await hashPassword(password);
    const ids = { userId: newId(), teamId: newId() };
    const now = deps.now();
    const account = decideAccount({ email, teamName, passwordHash, ...ids, now });
    const { userId, teamId } = ids;
    const actor = { userId, teamId, address: address ?? '' };
    const target = { kind: 'team', id: teamId } as const;
    const change = { actor, teamId, target, details: { name: account.team.name }, requestId };
    await deps.audit({ ...change, action: 'team.created' }, async () => {
      if (!(await accounts.insert(account))) throw emailTaken();
    });
    await throttle.succeeded({ email, address });
    return startSession(deps, account, now);
  });

  answer(logIn, async ({ email: given, password, address }, { requestId }) => {
    const email = canonicalEmail(given);
    await throttle.credentials({ email, address });
    const now = deps.now();
    const [user, importedHash] = await Promise.all([
      accounts.findUserByEmail(email),
      accounts.findImportedHash(),
    ]);
    const { right, rehash } = await deps.checkPassword(password, user?.passwordHash ?? null, importedHash);
    if (!user || !right) throw wrongCredentials();
    const account = await homeAccount(deps, user, { address: address ?? '', requestId });
    // All sessions ended while the password was checked, perhaps because it was replaced.
    if (account.user.sessionEpoch !== user.sessionEpoch) throw wrongCredentials();
    if (rehash) {
      const toHash = await hashPassword(password);
      await accounts.rehash({ userId: user.id, fromHash: user.passwordHash, toHash });
    }
    await throttle.succeeded({ email, address });
    return startSession(deps, account, now);
  });

  answer(refreshSession, async ({ refreshToken, address }, { requestId }) => {
    await throttle.refresh(address);
    return continueSession(deps, refreshToken, requestId);
  });

  answer(logOut, async ({ refreshToken, session }, { requestId }) => {
    if (session) await endNamedSession(deps, session, requestId);
    if (refreshToken !== undefined) await endSession(deps, refreshToken, requestId);
    return {};
  });

  answer(logOutEverywhere, async ({ actor }, { requestId }) => {
    await endAllSessions(deps, actor, requestId);
    return {};
  });

  answer(changePassword, (change, { requestId }) => replacePassword(deps, change, requestId));

  answer(getIdentity, async ({ userId, teamId }) => {
    const account = await accounts.findAccount(userId, teamId);
    if (!account) throw accountGone();
    return {
      user: userView(account.user),
      team: teamView(account.team),
      role: account.membership.role,
      scopes: [...SESSION_SCOPES],
    };
  });
}
