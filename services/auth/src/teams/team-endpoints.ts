import { createTeam, listTeams, MAX_OWNED_TEAMS, newId, renameTeam, switchTeam } from '@sluice/contracts';
import { type SessionDeps, startSession } from '../accounts/sessions.ts';
import type { Answer } from '../answering.ts';
import type { Audit } from '../audit/audit.ts';
import { decidePage, decodeCursor } from '../paging/decide-page.ts';
import { readRefreshToken } from '../tokens/refresh-token.ts';
import { teamNotFound, tooManyTeams } from './decide-member.ts';
import type { MemberRepository } from './member-repository.ts';
import { requireRank, requireSession } from './require-rank.ts';
import type { TeamRepository } from './team-repository.ts';
import { ownTeamView } from './views.ts';

export type TeamDeps = SessionDeps & {
  teams: TeamRepository;
  members: MemberRepository;
  audit: Audit;
};

/** Answers `auth.teams.list`, `.create`, `.rename` and `.switch`. */
export function serveTeams(answer: Answer, deps: TeamDeps): void {
  const { teams, members, audit } = deps;

  answer(listTeams, async ({ userId, query: { cursor, limit } }) => {
    const after = cursor === undefined ? null : decodeCursor(cursor);
    const page = decidePage(await teams.listOfUser(userId, { after, limit: limit + 1 }), limit);
    const items = page.items.flatMap(({ team, role }) => (team ? [ownTeamView(team, role)] : []));
    return { items, nextCursor: page.nextCursor };
  });

  answer(createTeam, async ({ actor, body: { name } }, { requestId }) => {
    requireSession(actor);
    if ((await members.countOwned(actor.userId)) >= MAX_OWNED_TEAMS) throw tooManyTeams();
    const team = { id: newId(), name, createdAt: deps.now() };
    const owner = {
      userId: actor.userId,
      teamId: team.id,
      role: 'owner',
      createdAt: team.createdAt,
    } as const;
    const target = { kind: 'team', id: team.id } as const;
    const change = { actor, teamId: team.id, target, details: { name }, requestId };
    await audit({ ...change, action: 'team.created' }, async () => {
      await teams.insert(team, owner);
      // Of many at once each counts after its own insert: the last one sees all that stay.
      if ((await members.countOwned(actor.userId)) <= MAX_OWNED_TEAMS) return;
      await teams.takeBack(team.id);
      throw tooManyTeams();
    });
    return ownTeamView(team, 'owner');
  });

  answer(renameTeam, async ({ actor, teamId, body: { name } }, { requestId }) => {
    await requireRank(deps, actor, teamId, 'owner');
    const target = { kind: 'team', id: teamId } as const;
    const change = { actor, teamId, target, details: { name }, requestId };
    return audit({ ...change, action: 'team.renamed' }, async () => {
      const team = await teams.rename(teamId, name);
      if (!team) throw teamNotFound();
      return ownTeamView(team, 'owner');
    });
  });

  answer(switchTeam, async ({ actor, teamId, refreshToken, sessionId }) => {
    const now = deps.now();
    await requireRank(deps, actor, teamId, 'member');
    const account = await deps.accounts.findAccount(actor.userId, teamId);
    if (!account) throw teamNotFound();
    const session = await startSession(deps, account, now);
    const presented = refreshToken === undefined ? null : readRefreshToken(refreshToken);
    for (const ended of [sessionId, presented?.familyId]) {
      if (ended !== undefined) await endOwnFamily(deps, actor.userId, ended);
    }
    return session;
  });
}

/**
 * Ends a session's refresh tokens; somebody else's change nothing. Its access token serves on for what is left of its
 * 15 minutes: what is under way with it in the other team, such as a stream in another tab, may come to its end.
 */
async function endOwnFamily({ refreshTokens }: SessionDeps, userId: string, familyId: string): Promise<void> {
  const family = await refreshTokens.find(familyId);
  if (family?.userId === userId) await refreshTokens.end(family.id);
}
