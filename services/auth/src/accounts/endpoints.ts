import { getIdentity, getJwks, logIn, logOut, newId, refreshSession, registerUser } from '@sluice/contracts';
import type { Answer } from '../answering.ts';
import {
  accountGone,
  canonicalEmail,
  decideAccount,
  emailTaken,
  SESSION_SCOPES,
  wrongCredentials,
} from './decide-account.ts';
import { hashPassword, type PasswordCheck } from './passwords.ts';
import { continueSession, endSession, type SessionDeps, startSession } from './sessions.ts';
import { teamView, userView } from './views.ts';

export type AccountDeps = SessionDeps & { checkPassword: PasswordCheck };

/** Answers `auth.register`, `.login`, `.refresh`, `.logout`, `.identity` and `.jwks`. */
export function serveAccounts(answer: Answer, deps: AccountDeps): void {
  const { accounts } = deps;

  answer(registerUser, async ({ email, password, teamName }) => {
    // Spares the hash and the clean-up; the unique index is what decides.
    if (await accounts.findUserByEmail(canonicalEmail(email))) throw emailTaken();
    const passwordHash = await hashPassword(password);
    const ids = { userId: newId(), teamId: newId() };
    const account = decideAccount({ email, teamName, passwordHash, ...ids, now: deps.now() });
    if (!(await accounts.insert(account))) throw emailTaken();
    return startSession(deps, account);
  });

  answer(logIn, async ({ email, password }) => {
    const user = await accounts.findUserByEmail(canonicalEmail(email));
    const right = await deps.checkPassword(password, user?.passwordHash ?? null);
    const account = user && right ? await accounts.findAccount(user.id) : null;
    if (!account) throw wrongCredentials();
    return startSession(deps, account);
  });

  answer(refreshSession, ({ refreshToken }) => continueSession(deps, refreshToken));

  answer(logOut, async ({ refreshToken }) => {
    await endSession(deps, refreshToken);
    return {};
  });

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

  answer(getJwks, async () => deps.signingKey.jwks);
}
