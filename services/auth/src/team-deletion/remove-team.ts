import { type Actor, deleteTeamJobs, type Removed } from '@sluice/contracts';
import { call, type NatsConnection } from '@sluice/messaging';
import type { Announce } from '../announcing.ts';
import { type RevokingDeps, revokeTokensOf } from '../api-tokens/revoke-tokens.ts';
import { announceChange } from '../profiles/profile-deps.ts';
import type { ContentRepository } from './content-repository.ts';
import type { DeletionRepository } from './deletion-repository.ts';

export type RemoveTeamDeps = RevokingDeps & {
  nc: NatsConnection;
  deletions: DeletionRepository;
  content: ContentRepository;
  announce: Announce;
  now: () => Date;
};

/** jobs works 3 s on one request. In milliseconds. */
const JOBS_TIMEOUT_MS = 10_000;

/**
 * How long after its deletion a team is swept once more, in milliseconds; as long as jobs waits. Who inserts late takes
 * it back by themselves (require-standing.ts): this is for those who crash in between.
 */
const AFTERMATH_MS = 20 * 60 * 1000;

type By = { actor: Actor; teamId: string; requestId: string };

/**
 * Does all of a deletion that is marked, from wherever it stopped: every step may be done twice, and by several at
 * once. The team's own document goes last. Returns what was removed in all, null when there is no such deletion.
 * Throws when a store or jobs is away, and when the signal aborts.
 */
export async function removeTeam(
  deps: RemoveTeamDeps,
  teamId: string,
  signal: AbortSignal,
): Promise<Removed | null> {
  const { deletions, now } = deps;
  const marked = (await deletions.findTeam(teamId))?.deletion;
  if (!marked) return null;
  const { actor, requestId } = marked;
  const by = { actor, teamId, requestId };
  await removeIdentity(deps, by);
  for (let done = false; !done; ) {
    signal.throwIfAborted();
    const share = await call(deps.nc, deleteTeamJobs, { teamId }, { requestId, timeoutMs: JOBS_TIMEOUT_MS });
    await deletions.add(teamId, share.removed, now());
    done = share.done;
  }
  // What somebody was about to write when the memberships went.
  const removed = await removeIdentity(deps, by);
  if (!removed) return marked.removed;
  // Before the team goes, so that no crash in between leaves a team that nobody sweeps again.
  await deletions.sweepAgain({ ...by, sweepAt: new Date(now().getTime() + AFTERMATH_MS) });
  const target = { kind: 'team', id: teamId } as const;
  const overtaken = new Error('another replica finished the deletion');
  await deps
    .audit({ ...by, action: 'team.deleted', target, details: removed }, async () => {
      if (!(await deletions.finish(teamId))) throw overtaken;
    })
    .catch((error: unknown) => {
      if (error !== overtaken) throw error;
    });
  return removed;
}

/** Removes what turned up of teams after their deletion. */
export async function sweepDeletedTeams(deps: RemoveTeamDeps): Promise<void> {
  for (const { teamId, actor, requestId } of await deps.deletions.dueForSweep(deps.now())) {
    await removeIdentity(deps, { actor, teamId, requestId });
    await deps.deletions.forget(teamId);
  }
}

/** What auth itself holds; returns all that was removed by now, null when the deletion is over. */
async function removeIdentity(deps: RemoveTeamDeps, by: By): Promise<Removed | null> {
  const { content, deletions, now } = deps;
  const { teamId, requestId } = by;
  // The mark has been written, so no session and no token begins any more: this ends those there are. Members are
  // looked up for it, so they go after it.
  const members = await content.memberIds(teamId);
  await Promise.all(members.map((userId) => deps.revocations.revokeUser({ userId, teamId }, requestId)));
  const add = (removed: Partial<Removed>) => deletions.add(teamId, removed, now());
  await add({ memberships: await content.removeMemberships(teamId) });
  await add({ sessions: await content.removeSessions(teamId), invites: await content.removeInvites(teamId) });
  await add({ tokens: await revokeTokensOf(deps, by) });
  await content.removeReservations(teamId);
  let profiles = 0;
  for (const { id, version } of await content.profiles(teamId)) {
    if (await content.removeProfile(teamId, id)) profiles += 1;
    await announceChange(deps, { id, teamId, version: version + 1 }, requestId);
  }
  return add({ profiles });
}
