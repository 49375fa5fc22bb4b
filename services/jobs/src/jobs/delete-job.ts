import {
  type deleteJob,
  type Finished,
  finishedSchema,
  HEADERS,
  isDeleted,
  type JobEvent,
  type Priority,
} from '@sluice/contracts';
import { lastBySubject, publishGuarded } from '@sluice/messaging';
import type { z } from 'zod';
import { type EndUnfinishedDeps, endUnfinished, tellOfEnd } from './end-unfinished.ts';
import { projectBatch } from './projector.ts';
import { purgeJob, removeObjectsOf } from './purge-job.ts';
import { noSuchJob, type ReadJobDeps, readJobEvents } from './read-job.ts';
import { runUnderWay } from './run-under-way.ts';
import type { JobMessage } from './stored-event.ts';
import type { JobAddress } from './stream-events.ts';

export type DeleteJobDeps = ReadJobDeps & EndUnfinishedDeps;

/**
 * Answers `jobs-api.delete`. The tombstone decides: once it is stored the job is gone for readers, and whoever dies
 * after it leaves the rest to the sweeper (ADR 0090). Errors: not_found, unavailable.
 */
export async function answerDelete(
  deps: DeleteJobDeps,
  { teamId, jobId }: z.output<typeof deleteJob.request>,
  requestId: string,
): Promise<z.input<typeof deleteJob.reply>> {
  const address = { teamId, jobId };
  const standing = await readTombstone(deps, address);
  if (standing) {
    // Somebody may have died over it; where nothing is left this is a repetition.
    if ((await purgeJob(deps, address, standing)) === 0) throw noSuchJob();
    return {};
  }
  const events = await readJobEvents(deps, address);
  const tombstone = await bury(deps, address, events, requestId);
  await projectBatch(deps, [tombstone.message]).catch((error: unknown) =>
    deps.log.warn({ err: error, jobId, requestId }, 'a deleted job leaves the index when MongoDB is back'),
  );
  await purgeJob(deps, address, tombstone);
  await removeObjectsOf(deps.nc, teamId, jobId, events);
  return {};
}

type Tombstone = { sequence: number; priority: Priority; message: JobMessage };

/** The tombstone of a job, or null. Errors: unavailable. */
export async function readTombstone(
  { nc, subjects }: Pick<DeleteJobDeps, 'nc' | 'subjects'>,
  { teamId, jobId }: JobAddress,
): Promise<Tombstone | null> {
  const end = await lastBySubject(nc, subjects.stream, subjects.end(teamId, jobId));
  const priority = end && subjects.parse(end.subject)?.priority;
  if (!end || !priority) return null;
  const { data: finished } = finishedSchema.safeParse(end.json());
  return finished?.status === 'deleted' ? { sequence: end.sequence, priority, message: end } : null;
}

/** Puts the tombstone in the place of the job's end; a job that has none is cancelled first. */
async function bury(
  deps: DeleteJobDeps,
  address: JobAddress,
  events: readonly JobEvent[],
  requestId: string,
): Promise<Tombstone> {
  const { nc, subjects, now } = deps;
  const { teamId, jobId } = address;
  const command = events.find((event) => event.type === 'requested')?.data;
  if (!command || isDeleted(events)) throw noSuchJob();
  const { priority } = command;
  // What has aged out of the stream has its end in the index alone.
  const known = events.some(({ type }) => type === 'finished');
  const finished: Finished = { v: 1, jobId, status: 'deleted', at: now().toISOString(), lastIndex: -1 };
  const subject = subjects.event(priority, teamId, jobId, 'finished');
  const body = JSON.stringify(finished);
  for (;;) {
    const standing = await readTombstone(deps, address);
    if (standing) return standing;
    const end = await lastBySubject(nc, subjects.stream, subjects.end(teamId, jobId));
    if (!end && !known) {
      const run = runUnderWay(events);
      const cancelled = await endUnfinished(deps, command, { status: 'cancelled' }, { requestId, run });
      if (cancelled) await tellOfEnd(deps, command, cancelled.finished, requestId);
      continue;
    }
    const outcome = await publishGuarded(nc, {
      ...{ stream: subjects.stream, subject, body },
      headers: { [HEADERS.requestId]: requestId, [HEADERS.tombstone]: '1' },
      guard: { filter: subjects.end(teamId, jobId), sequence: end?.sequence ?? 0 },
    });
    if (!outcome.stored) continue;
    const { sequence } = outcome;
    return { sequence, priority, message: { subject, sequence, data: Buffer.from(body) } };
  }
}
