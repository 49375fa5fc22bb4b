import { AppError, isDeleted, type JobEvent } from '@sluice/contracts';
import type { Log } from '@sluice/messaging';
import { eventsIn, type JobCollection, type JobDocument } from './job-document.ts';
import { type JobAddress, lastOfJob, type StreamDeps, streamEvents } from './stream-events.ts';

export type ReadJobDeps = StreamDeps & { jobs: JobCollection; log: Log };

/** A job in the stream needs no document, so a MongoDB that is away is not waited for any longer, in milliseconds. */
const DOCUMENT_BOUND_MS = 1_500;

type Document = Pick<JobDocument, 'events' | 'lastSequence' | 'state'>;

/**
 * Everything that stream and index know of a job, by sequence, each event once; always with its `requested`. The
 * stream adds what is not projected yet, and does without MongoDB; when the job has aged out of it the document
 * stands alone, also for a finished job while the stream cannot be read. Throws AppError `not_found` (another
 * team's job too, and one that was deleted) and `unavailable`.
 */
export async function readJobEvents(deps: ReadJobDeps, address: JobAddress): Promise<JobEvent[]> {
  const [stream, index] = await Promise.allSettled([lastOfJob(deps, address), documentOf(deps, address)]);
  const document = index.status === 'fulfilled' ? index.value : null;
  if (index.status === 'rejected')
    deps.log.warn({ err: index.reason, ...address }, 'MongoDB does not answer');
  const known = document ? eventsIn(document) : [];
  if (stream.status === 'rejected') {
    if (document?.state.rank === 1 && isWhole(known)) return inOrder(known);
    throw unavailable(stream.reason);
  }
  const last = stream.value;
  // Two projectors may write a job's later event first: without the command the document is not to be trusted.
  const behind = !document || !isWhole(known) || (last !== null && document.lastSequence < last.sequence);
  const missing = last && behind ? await streamEvents(deps, address, last) : [];
  const events = inOrder([...known, ...missing]);
  if (isDeleted(events)) throw noSuchJob();
  if (isWhole(events)) return events;
  if (index.status === 'rejected') throw unavailable(index.reason);
  throw noSuchJob();
}

export function noSuchJob(): AppError {
  return new AppError('not_found', 'There is no such job.', {
    details: [{ path: 'id', message: 'names no job of this team' }],
  });
}

function documentOf({ jobs }: ReadJobDeps, { teamId, jobId }: JobAddress): Promise<Document | null> {
  const projection = { events: 1, lastSequence: 1, state: 1 } as const;
  return jobs.findOne<Document>(
    { _id: jobId, teamId },
    { projection, timeoutMS: DOCUMENT_BOUND_MS, readPreference: 'primary' },
  );
}

const isWhole = (events: readonly JobEvent[]): boolean => events.some(({ type }) => type === 'requested');

function inOrder(events: readonly JobEvent[]): JobEvent[] {
  const bySequence = new Map(events.map((event) => [event.sequence, event]));
  return [...bySequence.values()].sort((a, b) => a.sequence - b.sequence);
}

const unavailable = (cause: unknown): AppError =>
  new AppError('unavailable', 'The job cannot be read at the moment; try again.', { cause });
