import { newId } from '@sluice/contracts';
import type { AccountRepository } from '../accounts/account-repository.ts';
import { type Account, ownTeamName, type User } from '../accounts/decide-account.ts';
import type { Audit } from '../audit/audit.ts';
import type { TeamRepository } from './team-repository.ts';

export type HomeTeamDeps = {
  accounts: Pick<AccountRepository, 'findAccount'>;
  teams: Pick<TeamRepository, 'insert' | 'listOfUser'>;
  audit: Audit;
  now: () => Date;
};

type From = { address: string; requestId: string };

/**
 * The user in the team that they joined first. Who belongs to none, because they left or were removed, or because their
 * team was deleted or never imported, gets one of their own, as a registration makes it: so everybody can log in.
 */
export async function homeAccount(deps: HomeTeamDeps, user: User, from: From): Promise<Account> {
  const first = await deps.accounts.findAccount(user.id);
  if (first) return first;
  // The first membership may be one in a team whose deletion is not through yet.
  for (const { id: teamId } of await deps.teams.listOfUser(user.id)) {
    const account = await deps.accounts.findAccount(user.id, teamId);
    if (account) return account;
  }
  const team = { id: newId(), name: ownTeamName(user.email), createdAt: deps.now() };
  const membership = { userId: user.id, teamId: team.id, role: 'owner', createdAt: team.createdAt } as const;
  const { address, requestId } = from;
  await deps.audit(
    {
      actor: { userId: user.id, teamId: team.id, address },
      teamId: team.id,
      action: 'team.created',
      target: { kind: 'team', id: team.id },
      details: { name: team.name },
      requestId,
    },
    () => deps.teams.insert(team, membership),
  );
  return { user, team, membership };
}
