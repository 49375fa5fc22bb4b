import { setTimeout as sleep } from 'node:timers/promises';
import { type Actor, AppError, type Role } from '@sluice/contracts';
import { type RevokingDeps, revokeTokensOf } from '../api-tokens/revoke-tokens.ts';
import type { RefreshRepository } from '../tokens/refresh-repository.ts';
import { decideMemberChange, teamNotFound } from './decide-member.ts';
import type { InviteRepository } from './invite-repository.ts';
import type { MemberRepository } from './member-repository.ts';
import { revokeOpenInvite } from './revoke-invite.ts';
import type { PendingChange, TeamRepository } from './team-repository.ts';

export type ChangeMemberDeps = RevokingDeps & {
  teams: TeamRepository;
  members: MemberRepository;
  invites: InviteRepository;
  refreshTokens: Pick<RefreshRepository, 'endOfMember'>;
  now: () => Date;
};

/**
 * A pending change is its author's to do: whoever wants the next one looks again so many times, after a pause of 30 ms
 * on average, and does it only when it still stands there. Were everybody to help at once, twenty owners who leave
 * together would do each change twenty times.
 */
const LOOKS = 12;
const pause = () => sleep(15 + 30 * Math.random());

type Wanted = { actor: Actor; teamId: string; userId: string; role: Role | null; requestId: string };

/**
 * Changes or removes one member, one change of a team after the other without a transaction or a lock: a change is
 * decided on what the team was at one revision and written onto the team only if it still is at that revision (ADR
 * 0043). What a crash left there is done by whoever changes next, 0.4 s later. Errors: see decideMemberChange.
 */
export async function changeMember(deps: ChangeMemberDeps, wanted: Wanted): Promise<void> {
  const { teams, members } = deps;
  const { actor: by, teamId, userId, role, requestId } = wanted;
  let seen = { revision: Number.NaN, looks: 0 };
  for (;;) {
    const state = await teams.find(teamId);
    if (!state) throw teamNotFound();
    if (state.change) {
      const { revision } = state.change;
      seen = { revision, looks: seen.revision === revision ? seen.looks + 1 : 1 };
      if (seen.looks <= LOOKS) await pause();
      else await settle(deps, teamId, state.change, requestId);
      continue;
    }
    const [actor, target, owners] = await Promise.all([
      members.find(teamId, by.userId),
      members.find(teamId, userId),
      members.countOwners(teamId),
    ]);
    if (!decideMemberChange({ actor, target, self: by.userId === userId, role, owners })) return;
    const change = { userId, role, by, revision: (state.revision ?? 0) + 1 };
    if (await teams.begin(teamId, state.revision, change)) {
      return settle(deps, teamId, change, requestId);
    }
  }
}

/** Does what is written on a team. Every step may be done twice, and by several at once. */
async function settle(
  deps: ChangeMemberDeps,
  teamId: string,
  change: PendingChange,
  requestId: string,
): Promise<void> {
  const { userId, role, by, revision } = change;
  await deps.members.apply(teamId, change);
  const follows = [deps.revocations.revokeUser({ userId, teamId }, requestId)];
  if (role !== 'owner') follows.push(endWhatTheyMade(deps, { actor: by, teamId, userId, requestId }));
  // Who changed their role goes on with a refresh, which gives them the new one.
  if (role === null) follows.push(deps.refreshTokens.endOfMember(userId, teamId));
  await Promise.all(follows);
  await deps.teams.clear(teamId, revision);
}

type Made = { actor: Actor; teamId: string; userId: string; requestId: string };

async function endWhatTheyMade(deps: ChangeMemberDeps, made: Made): Promise<void> {
  const { actor, teamId, userId, requestId } = made;
  for (const id of await deps.invites.openOfMaker(teamId, userId, deps.now())) {
    await revokeOpenInvite(deps, { actor, teamId, inviteId: id, requestId }).catch((error: unknown) => {
      // Somebody else has revoked it, or does the same change.
      if (!(error instanceof AppError && error.code === 'not_found')) throw error;
    });
  }
  await deps.invites.deleteOfMember(teamId, userId);
  await revokeTokensOf(deps, made);
}
