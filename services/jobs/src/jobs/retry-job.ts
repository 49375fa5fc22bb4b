import { createHash } from 'node:crypto';
import {
  AppError,
  type Command,
  commandSchema,
  encodeId,
  foldJob,
  HEADERS,
  newId,
  PAYLOADS_BUCKET,
  RETRIED_STATUSES,
  type retryJob,
} from '@sluice/contracts';
import { getObject, lastBySubject, publishGuarded, putObject, removeObject } from '@sluice/messaging';
import type { z } from 'zod';
import type { EndUnfinishedDeps } from './end-unfinished.ts';
import { noteRetried } from './note-retried.ts';
import { noSuchJob, type ReadJobDeps, readJobEvents } from './read-job.ts';
import { withinReplyLimit } from './reply-limit.ts';
import type { JobAddress } from './stream-events.ts';

export type RetryDeps = ReadJobDeps & EndUnfinishedDeps;

/** Who asked for a new job, and by which request. */
export type RetriedBy = { userId: string; traceId: string; gatewayId: string; requestId: string };

/** Answers `jobs-api.retry`. Errors as there. */
export async function answerRetry(
  deps: RetryDeps,
  request: z.output<typeof retryJob.request>,
  requestId: string,
): Promise<z.input<typeof retryJob.reply>> {
  const { teamId, jobId, key } = request;
  const by = { ...request, requestId };
  const original = await readOriginal(deps, { teamId, jobId });
  if (key) {
    const made = await makeRetry(deps, original.command, by, key);
    if (made) return withinReplyLimit({ job: jobOf(made.command, made.sequence), replayed: false });
    return withinReplyLimit({ ...(await firstOf(deps, teamId, key)), replayed: true });
  }
  // The id that retrying many would give it, so that this retry counts there from the very moment; then any other.
  const first = retryIdOf(teamId, jobId);
  const made =
    (original.retried ? null : await makeRetry(deps, original.command, by, { jobId: first })) ??
    (await makeRetry(deps, original.command, by, { jobId: newId() }));
  if (!made) throw new AppError('internal', 'A new id was taken already.');
  return withinReplyLimit({ job: jobOf(made.command, made.sequence), replayed: false });
}

/** The id of a job's first retry: 128 bits of SHA-256. No idempotency key makes it, as none has a line feed. */
export function retryIdOf(teamId: string, jobId: string): string {
  return encodeId(createHash('sha256').update(`${teamId}\nretry\n${jobId}`).digest().subarray(0, 16));
}

type Original = {
  /** With its input, or where that is. */
  command: Command;
  /** Whether the id of its first retry is taken by one that the stream may have forgotten. */
  retried: boolean;
};

/**
 * A job that may be retried. Its input comes from the stream while that has it, else from MongoDB; above 256 KB it is an
 * object. Errors: not_found, conflict, unavailable.
 */
async function readOriginal(deps: RetryDeps, address: JobAddress): Promise<Original> {
  const { teamId, jobId } = address;
  const events = await readJobEvents(deps, address);
  const job = foldJob(events);
  const requested = events.find((event) => event.type === 'requested');
  if (!job || !requested) throw noSuchJob();
  if (!(RETRIED_STATUSES as readonly string[]).includes(job.status)) {
    throw new AppError(
      'conflict',
      `Only failed, cancelled and expired jobs are retried: it is ${job.status}.`,
      {
        details: [{ path: 'status', message: `is ${job.status}` }],
      },
    );
  }
  const { nc, subjects, jobs } = deps;
  const { priority, inputRef } = requested.data;
  const stored = await lastBySubject(
    nc,
    subjects.stream,
    subjects.event(priority, teamId, jobId, 'requested'),
  );
  // A retry is younger than what it repeats: the guard still sees it.
  if (stored) return { command: commandSchema.parse(stored.json()), retried: false };
  const [document, retry] = await Promise.all([
    jobs.findOne({ _id: jobId, teamId }, { projection: { input: 1, retriedAs: 1 } }),
    jobs.findOne({ _id: retryIdOf(teamId, jobId), teamId }, { projection: { _id: 1 } }),
  ]);
  if (!inputRef && document?.input === undefined) throw inputGone();
  const input = document?.input === undefined ? undefined : (JSON.parse(document.input) as unknown);
  const command = commandSchema.parse({ ...requested.data, ...(input !== undefined && { input }) });
  return { command, retried: retry !== null || document?.retriedAs !== undefined };
}

/**
 * Stores the new job, and notes it on the one that it repeats; null when its id is taken. It has the same time from its
 * request to its deadline. Errors: conflict (the input is gone), unavailable, queue_full.
 */
export async function makeRetry(
  deps: RetryDeps,
  original: Command,
  { userId, traceId, gatewayId, requestId }: RetriedBy,
  { jobId, fingerprint }: { jobId: string; fingerprint?: string },
): Promise<{ command: Command; sequence: number } | null> {
  const { nc, subjects, jobs, log } = deps;
  const { teamId, priority, inputRef, fingerprint: _, ...work } = original;
  const now = deps.now().getTime();
  const copy = inputRef && (await copyOf(deps, inputRef, `${teamId}/${jobId}/input-${newId()}`));
  const command: Command = {
    ...work,
    ...{ teamId, priority, jobId, userId, traceId, gatewayId, requestId, retryOf: original.jobId },
    at: new Date(now).toISOString(),
    deadlineAt: original.deadlineAt && laterBy(original.deadlineAt, now - Date.parse(original.at)),
    ...(copy && { inputRef: copy }),
    ...(fingerprint !== undefined && { fingerprint }),
  };
  const outcome = await publishGuarded(nc, {
    stream: subjects.stream,
    subject: subjects.event(priority, teamId, jobId, 'requested'),
    body: JSON.stringify(command),
    headers: { [HEADERS.requestId]: requestId },
    guard: { filter: subjects.job(teamId, jobId), sequence: 0 },
  });
  if (!outcome.stored) {
    if (copy) await removeObject(nc, PAYLOADS_BUCKET, copy.object);
    return null;
  }
  // The projector writes it too.
  await noteRetried(jobs, { teamId, jobId: original.jobId, retriedAs: jobId }).catch((error: unknown) =>
    log.warn({ err: error, jobId, requestId }, 'a retry is noted when MongoDB is back'),
  );
  return { command, sequence: outcome.sequence };
}

function laterBy(time: string, ms: number): string {
  return new Date(Date.parse(time) + ms).toISOString();
}

/** An object of its own: the first one goes with its own job. */
async function copyOf({ nc }: RetryDeps, ref: NonNullable<Command['inputRef']>, object: string) {
  try {
    return await putObject(nc, PAYLOADS_BUCKET, object, await getObject(nc, PAYLOADS_BUCKET, ref));
  } catch (error) {
    if (error instanceof AppError && error.code === 'input_lost') throw inputGone(error);
    throw error;
  }
}

function inputGone(cause?: unknown): AppError {
  const message = 'is not kept any more';
  return new AppError('conflict', `The job's input ${message}.`, {
    cause,
    details: [{ path: 'input', message }],
  });
}

/** The job that the same key made before. Errors: conflict (it was deleted), idempotency_conflict, unavailable. */
async function firstOf(deps: RetryDeps, teamId: string, key: { jobId: string; fingerprint: string }) {
  const events = await readJobEvents(deps, { teamId, jobId: key.jobId }).catch((error: unknown) => {
    if (!(error instanceof AppError) || error.code !== 'not_found') throw error;
    throw new AppError('conflict', 'The job that this Idempotency-Key made was deleted; use another key.');
  });
  const requested = events.find((event) => event.type === 'requested')?.data;
  if (requested?.fingerprint !== key.fingerprint) {
    throw new AppError('idempotency_conflict', 'This Idempotency-Key was used for another request.', {
      details: [{ path: 'headers.idempotency-key', message: 'was used for another request' }],
    });
  }
  const job = foldJob(events);
  const resultRef = events.find((event) => event.type === 'finished')?.data.resultRef;
  if (!job) throw noSuchJob();
  return { job, ...(resultRef && { resultRef }) };
}

function jobOf(command: Command, sequence: number) {
  const job = foldJob([{ type: 'requested', sequence, data: command }]);
  if (!job) throw new AppError('internal', 'The job could not be put together.');
  return job;
}
