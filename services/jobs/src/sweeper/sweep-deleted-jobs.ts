import { PAYLOADS_BUCKET } from '@sluice/contracts';
import { listObjects, removeObject } from '@sluice/messaging';
import { type DeleteJobDeps, readTombstone } from '../jobs/delete-job.ts';
import { purgeJob } from '../jobs/purge-job.ts';
import { AFTERMATH_MS } from '../teams/deleted-teams.ts';

const AT_ONCE = 200;

/**
 * Removes what is left of jobs that were deleted: first where somebody died over it, and once more when whoever worked on
 * one has come to an end: a timer that was set, an object that was stored. Errors: unavailable, the driver's.
 */
export async function sweepDeletedJobs(deps: DeleteJobDeps): Promise<void> {
  const { jobs, nc } = deps;
  const now = deps.now();
  const due = await jobs
    .find({ sweepAt: { $lte: now } }, { limit: AT_ONCE, projection: { teamId: 1, deletedAt: 1 } })
    .toArray();
  if (due.length === 0) return;
  const prefixes = new Set(due.map(({ _id, teamId }) => `${teamId}/${_id}/`));
  // One look at all names for all of them.
  for (const object of await listObjects(nc, PAYLOADS_BUCKET, '')) {
    if (prefixes.has(object.slice(0, object.lastIndexOf('/') + 1)))
      await removeObject(nc, PAYLOADS_BUCKET, object);
  }
  for (const { _id: jobId, teamId, deletedAt = now } of due) {
    const tombstone = await readTombstone(deps, { teamId, jobId });
    if (tombstone) await purgeJob(deps, { teamId, jobId }, tombstone);
    const last = new Date(deletedAt.getTime() + AFTERMATH_MS);
    const next = now < last ? { $set: { sweepAt: last } } : { $unset: { sweepAt: true as const } };
    await jobs.updateOne({ _id: jobId, teamId, 'state.rank': 2 }, next);
  }
}
