import type { Actor, OwnTeam } from '@sluice/contracts';
import type { Audit } from '../audit/audit.ts';
import { alreadyMember, inviteNotGood, isGoodFor } from './decide-invite.ts';
import { hashOfInviteCode } from './invite-code.ts';
import type { InviteRepository } from './invite-repository.ts';
import type { MemberRepository } from './member-repository.ts';
import { requireStanding } from './require-standing.ts';
import type { TeamRepository } from './team-repository.ts';
import { ownTeamView } from './views.ts';

export type AcceptInviteDeps = {
  teams: TeamRepository;
  members: MemberRepository;
  invites: InviteRepository;
  audit: Audit;
  now: () => Date;
};

/**
 * Makes the actor a member by an invite's code. Claiming the invite is the one write that decides between two who try
 * at once; it names the winner, who can go on after a crash. Throws AppError `not_found` or `conflict`.
 */
export async function acceptByCode(
  deps: AcceptInviteDeps,
  { actor, code, requestId }: { actor: Actor; code: string; requestId: string },
): Promise<OwnTeam> {
  const { teams, members, invites } = deps;
  const codeHash = hashOfInviteCode(code);
  const invite = codeHash === null ? null : await invites.findByHash(codeHash);
  if (!invite) throw inviteNotGood();
  const { id: inviteId, teamId, role } = invite;
  const { userId } = actor;
  const [email, creator, own, state] = await Promise.all([
    members.emailOf(userId),
    members.find(teamId, invite.createdBy),
    members.find(teamId, userId),
    teams.find(teamId),
  ]);
  if (email === null || !state) throw inviteNotGood();
  if (!isGoodFor(invite, { id: userId, email }, creator, deps.now())) throw inviteNotGood();
  if (own) throw alreadyMember();
  const target = { kind: 'member', id: userId } as const;
  const change = { actor, teamId, target, details: { role, email, inviteId }, requestId };
  return deps.audit({ ...change, action: 'member.joined' }, async () => {
    if (!(await invites.claim(inviteId, userId))) throw inviteNotGood();
    const revision = await teams.nextRevision(teamId);
    if (revision === null) throw inviteNotGood();
    const member = { userId, teamId, role, createdAt: deps.now() };
    if (!(await members.insert(member, revision))) throw alreadyMember();
    const leaving = { userId, role: null, by: actor, revision: revision + 1 };
    await requireStanding(deps, teamId, () => members.apply(teamId, leaving));
    await invites.delete(inviteId);
    return ownTeamView(state.team, role);
  });
}
