import { AppError, deleteTeam, type Removed } from '@sluice/contracts';
import type { Answer } from '../answering.ts';
import type { Audit } from '../audit/audit.ts';
import { teamNotFound } from '../teams/decide-member.ts';
import type { MemberRepository } from '../teams/member-repository.ts';
import { requireRank } from '../teams/require-rank.ts';
import type { DeletionRepository } from './deletion-repository.ts';
import type { Deletions } from './start-deletions.ts';

export type TeamDeletionDeps = {
  members: MemberRepository;
  deletions: DeletionRepository;
  pursue: Deletions['pursue'];
  audit: Audit;
  now: () => Date;
};

/** How long the answer waits for the end of the deletion, in milliseconds. */
const WAIT_MS = 25_000;

const NOTHING: Removed = {
  memberships: 0,
  invites: 0,
  profiles: 0,
  tokens: 0,
  sessions: 0,
  jobs: 0,
  messages: 0,
  objects: 0,
};

/** Answers `auth.teams.delete`. */
export function serveTeamDeletion(answer: Answer, deps: TeamDeletionDeps): void {
  const { deletions, audit } = deps;

  answer(deleteTeam, async ({ actor, teamId, body }, { requestId }) => {
    await requireRank(deps, actor, teamId, 'owner');
    const team = await deletions.findTeam(teamId);
    if (!team) throw teamNotFound();
    if (body.name !== team.name) throw otherName();
    const target = { kind: 'team', id: teamId } as const;
    const change = { actor, teamId, target, details: { name: team.name }, requestId };
    await audit({ ...change, action: 'team.deletion_started' }, async () => {
      const deletion = { actor, requestId, removed: NOTHING };
      if (!(await deletions.begin(team, deletion, deps.now()))) throw teamNotFound();
    });
    const removed = await deps.pursue(teamId, WAIT_MS);
    if (removed) return { teamId, status: 'deleted' as const, removed };
    const left = await deletions.findTeam(teamId);
    return {
      teamId,
      status: left ? ('deleting' as const) : ('deleted' as const),
      removed: left?.deletion?.removed ?? NOTHING,
    };
  });
}

function otherName(): AppError {
  const message = "is not the team's name";
  return new AppError('validation_failed', `name: ${message}`, { details: [{ path: 'name', message }] });
}
