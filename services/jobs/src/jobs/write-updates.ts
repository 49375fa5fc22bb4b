import type { Log } from '@sluice/messaging';
import { type AnyBulkWriteOperation, MongoBulkWriteError, type WriteError } from 'mongodb';
import type { JobUpdate } from './decide-projection.ts';
import type { JobCollection, JobDocument } from './job-document.ts';
import { tombstoneOf } from './tombstone.ts';

const DUPLICATE_KEY = 11_000;
/** BSONObjectTooLarge, before and after the update is applied: trying again would only hold up the others. */
const TOO_LARGE: readonly number[] = [10_334, 17_419];
const DUPLICATE_ROUNDS = 3;
const WRITE_BOUND_MS = 10_000;

/**
 * Writes a batch, durably: on a majority's disks when it returns. Two replicas that insert one job at the same
 * moment make one of them fail with a duplicate key, and succeed when it tries again. What no repetition can write
 * is logged and left out; an event of a job that was deleted is left out. Throws the driver's error for everything else: the batch must come again.
 */
export async function writeUpdates(
  jobs: JobCollection,
  updates: readonly JobUpdate[],
  log: Log,
): Promise<void> {
  let pending = updates;
  const unwritten: JobUpdate[] = [];
  for (let round = 1; pending.length > 0; round += 1) {
    const errors = await writeOnce(jobs, pending);
    const again: JobUpdate[] = [];
    for (const { code, index, errmsg } of errors) {
      const update = pending[index];
      if (!update) continue;
      const { teamId, jobId } = update;
      if (code === DUPLICATE_KEY && round < DUPLICATE_ROUNDS) again.push(update);
      else if (code === DUPLICATE_KEY) unwritten.push(update);
      else if (TOO_LARGE.includes(code)) log.error({ teamId, jobId, reason: errmsg }, 'a job is too large');
      else throw new Error(`a job could not be written: ${errmsg ?? code}`);
    }
    pending = again;
  }
  const deleted = await tombstonesAmong(jobs, unwritten);
  for (const { teamId, jobId } of unwritten) {
    if (!deleted.has(jobId)) log.error({ teamId, jobId }, 'another team has a job with this id');
  }
}

/** Jobs that were deleted, as their own team's tombstones say. */
async function tombstonesAmong(jobs: JobCollection, updates: readonly JobUpdate[]): Promise<Set<string>> {
  if (updates.length === 0) return new Set();
  const these = updates.map(({ teamId, jobId }) => ({ _id: jobId, teamId }));
  const found = jobs.find(
    { 'state.rank': 2, $or: these },
    { projection: { _id: 1 }, timeoutMS: WRITE_BOUND_MS },
  );
  return new Set((await found.toArray()).map(({ _id }) => _id));
}

async function writeOnce(jobs: JobCollection, updates: readonly JobUpdate[]): Promise<readonly WriteError[]> {
  try {
    await jobs.bulkWrite(updates.map(operationOf), {
      ordered: false,
      writeConcern: { w: 'majority', journal: true },
      timeoutMS: WRITE_BOUND_MS,
    });
    return [];
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError) || error.result.getWriteConcernError()) throw error;
    const errors = [error.writeErrors].flat();
    if (errors.length === 0) throw error;
    return errors;
  }
}

// The team in the filter: a job id that another team has is a duplicate key, never a change of its document. So is a
// job that was deleted.
function operationOf({ teamId, jobId, set, max, tombstone }: JobUpdate): AnyBulkWriteOperation<JobDocument> {
  if (tombstone) {
    const replacement = tombstoneOf(teamId, tombstone);
    return { replaceOne: { filter: { _id: jobId, teamId }, replacement, upsert: true } };
  }
  const filter = { _id: jobId, teamId, 'state.rank': { $not: { $gt: 1 } } } as const;
  return { updateOne: { filter, update: { $set: set, $max: max }, upsert: true } };
}
