import { AppError, type deleteTeamJobs, type RemovedJobs } from '@sluice/contracts';
import type { Log } from '@sluice/messaging';
import { MongoError } from 'mongodb';
import type { z } from 'zod';
import type { JobCollection } from '../jobs/job-document.ts';
import { type DeletedTeams, noteDeleted } from './deleted-teams.ts';
import { type RemoveStreamsDeps, removeStreams, type Share } from './remove-streams.ts';

export type DeleteTeamDeps = RemoveStreamsDeps & {
  jobs: JobCollection;
  deletedTeams: DeletedTeams;
  log: Log;
};

/** What one call may take, in milliseconds; who asks waits 10 s. */
const SHARE_MS = 3_000;
const DOCUMENTS = 1_000;

/** Answers `jobs-api.delete-team`. Throws AppError `unavailable`. */
export async function answerDeleteTeam(
  deps: DeleteTeamDeps,
  { teamId }: z.output<typeof deleteTeamJobs.request>,
  requestId: string,
): Promise<z.input<typeof deleteTeamJobs.reply>> {
  try {
    await noteDeleted(deps.deletedTeams, teamId, deps.now());
    const { left, removed } = await removeTeam(deps, teamId, requestId);
    return { done: left !== 'all', removed };
  } catch (cause) {
    if (!(cause instanceof MongoError)) throw cause;
    throw new AppError('unavailable', 'The jobs cannot be removed at the moment; try again.', { cause });
  }
}

/** One share of removing a team's jobs; `left` as removeStreams. Throws AppError `unavailable`, the driver's error. */
export async function removeTeam(
  deps: DeleteTeamDeps,
  teamId: string,
  requestId: string,
): Promise<{ left: 'nothing' | 'ends' | 'all'; removed: RemovedJobs }> {
  const endsAt = performance.now() + SHARE_MS;
  const share: Share = {
    isOver: () => performance.now() >= endsAt,
    removed: { jobs: 0, messages: 0, objects: 0 },
    commands: [],
    requestId,
  };
  const left = await removeStreams(deps, teamId, share);
  const indexed = await deps.jobs.countDocuments({ _id: { $in: share.commands }, teamId });
  share.removed.jobs += share.commands.length - indexed;
  if (left === 'all') return { left, removed: share.removed };
  const gone = await removeDocuments(deps.jobs, teamId, share);
  return { left: gone ? left : 'all', removed: share.removed };
}

async function removeDocuments(
  jobs: JobCollection,
  teamId: string,
  { isOver, removed }: Share,
): Promise<boolean> {
  for (;;) {
    const found = await jobs
      .find({ teamId }, { projection: { 'state.rank': 1 }, limit: DOCUMENTS })
      .toArray();
    if (found.length === 0) return true;
    if (isOver()) return false;
    const { deletedCount } = await jobs.deleteMany({ _id: { $in: found.map(({ _id }) => _id) }, teamId });
    // A tombstone is no job any more.
    removed.jobs += Math.max(0, deletedCount - found.filter(({ state }) => state.rank === 2).length);
  }
}
