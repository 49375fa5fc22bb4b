import {
  AppError,
  type Command,
  type Finished,
  foldJob,
  JOB_LIFETIME_MS,
  type Job,
  type JobInput,
  type JobSettings,
  jobSchema,
  newId,
} from '@sluice/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { StreamingDeps } from '../live/live-parts.ts';
import { streamOwnJob, streamWatchedJob } from '../live/stream-job.ts';
import { waitForEnd } from '../live/wait-for-end.ts';
import { cancelAbandoned } from './cancel-abandoned.ts';
import { checkSchema } from './check-schema.ts';
import { decideAnswer } from './decide-answer.ts';
import { fingerprintOf, idempotencyKeyOf, jobIdOf } from './idempotency.ts';
import { type RequestedJob, requestJob } from './request-job.ts';
import { endedJob, readJob } from './whole-job.ts';

/** What every route that makes a job answers. */
export const JOB_ANSWERS = {
  200: {
    description: 'the finished job (Prefer: wait=N), or its events (text/event-stream)',
    schema: jobSchema,
  },
  202: { description: 'the job was accepted; Location names it', schema: jobSchema },
};

/** What a route makes of its body. `route` and the validated `body` tell one request from another under the same key. */
export type Submission = {
  readonly route: string;
  readonly body: JobSettings;
  readonly work: JobInput;
  /** To ask for instead of the profile's own. */
  readonly model?: string | undefined;
  /** Where the body has the work's input. */
  readonly inputPath?: string;
};

/**
 * Makes a job of a request, and answers as it asks: with the job as it was accepted, with its end, or with its events.
 * Errors: bad_request, not_found (profile), validation_failed, idempotency_conflict, rate_limited, unavailable,
 * queue_full.
 */
export async function submitJob(
  deps: StreamingDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  submission: Submission,
): Promise<Job | undefined> {
  const { body, work, inputPath } = submission;
  await checkSchema(
    deps,
    request.identity.teamId,
    work,
    `${inputPath ? `${inputPath}.` : ''}responseFormat.schema`,
  );
  await deps.profiles.require(request.identity.teamId, body.aiProfileId, request.id);
  const answer = decideAnswer({
    accept: request.headers.accept,
    prefer: request.headers['prefer']?.toString(),
    stream: body.stream,
  });
  const command = commandOf(deps, request, submission, body.stream ?? answer.form === 'stream');

  const leaving = body.onDisconnect ?? 'continue';
  if (answer.form === 'stream') {
    await streamAnswer(deps, request, reply, command, leaving);
    return undefined;
  }
  if (answer.form === 'wait') {
    reply.header('preference-applied', `wait=${answer.seconds}`);
    return waitAnswer(deps, request, reply, command, { waitMs: answer.seconds * 1000, leaving });
  }
  const requested = await requestJob(deps, command, request.trace.context);
  const asked = { requestId: request.id, mayHaveChanged: requested.replayed };
  return accepted(reply, requested, await jobAsItStands(deps, requested, asked));
}

/** A job that an earlier request with the same key made is not this client's to end. */
type Leaving = NonNullable<JobSettings['onDisconnect']>;

/** What a runner is told. Errors: bad_request (Idempotency-Key), validation_failed (deadlineAt). */
export function commandOf(
  deps: StreamingDeps,
  request: FastifyRequest,
  { route, body, work, model }: Submission,
  stream: boolean,
): Command {
  const { teamId, userId } = request.identity;
  const key = idempotencyKeyOf(request.headers['idempotency-key']);
  const now = Date.now();
  if (body.deadlineAt) checkDeadline(body.deadlineAt, now);
  return {
    v: 1,
    jobId: key ? jobIdOf(teamId, key) : newId(),
    teamId,
    userId,
    priority: 'interactive',
    aiProfileId: body.aiProfileId,
    ...(model !== undefined && { model }),
    requestId: request.id,
    traceId: request.trace.traceId,
    gatewayId: deps.gatewayId,
    at: new Date(now).toISOString(),
    deadlineAt: body.deadlineAt ?? null,
    maxAttempts: body.maxAttempts ?? deps.config.jobMaxAttempts,
    stream,
    ...(body.metadata && { metadata: body.metadata }),
    ...(key && { fingerprint: fingerprintOf(route, body) }),
    ...work,
  };
}

function checkDeadline(deadlineAt: string, now: number): void {
  const inMs = Date.parse(deadlineAt) - now;
  if (inMs > 0 && inMs <= JOB_LIFETIME_MS) return;
  const message = inMs <= 0 ? 'must be in the future' : 'must be within 23 hours';
  throw new AppError('validation_failed', `deadlineAt ${message}`, {
    details: [{ path: 'deadlineAt', message }],
  });
}

async function streamAnswer(
  deps: StreamingDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  command: Command,
  leaving: Leaving,
): Promise<void> {
  const own = streamOwnJob(deps, command);
  const requested = await requestFor(own, deps, request, command);
  const { jobId, teamId } = requested.command;
  reply.header('location', locationOf(jobId));
  if (!requested.replayed) {
    const { left } = await own.open(reply, requested);
    if (left && leaving === 'cancel') await cancelAbandoned(deps, command);
    return;
  }
  own.abandon();
  reply.header('idempotent-replayed', 'true');
  return streamWatchedJob(deps, reply, { teamId, jobId, requestId: request.id, from: null });
}

async function waitAnswer(
  deps: StreamingDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  command: Command,
  bound: { waitMs: number; leaving: Leaving },
): Promise<Job> {
  const { requested, finished } = await requestAndWait(deps, request, reply, command, bound);
  if (!finished) {
    const asked = { requestId: request.id, mayHaveChanged: true };
    return accepted(reply, requested, await jobAsItStands(deps, requested, asked));
  }
  announce(reply, requested);
  return endedJob(deps, requested, finished, request.id);
}

/** Stores a job for whoever waits for it already, and no longer does when it cannot be stored. Errors: as requestJob. */
export async function requestFor(
  waiting: { abandon(): void },
  deps: StreamingDeps,
  request: FastifyRequest,
  command: Command,
): Promise<RequestedJob> {
  try {
    return await requestJob(deps, command, request.trace.context);
  } catch (error) {
    waiting.abandon();
    throw error;
  }
}

/** Stores a job and waits for its end: null after `waitMs`, or when the client has gone. Errors: as requestJob. */
export async function requestAndWait(
  deps: StreamingDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  command: Command,
  { waitMs, leaving }: { waitMs: number; leaving: Leaving },
): Promise<{ requested: RequestedJob; finished: Finished | null }> {
  const waiting = waitForEnd(deps, command, { waitMs, client: reply.raw });
  const requested = await requestFor(waiting, deps, request, command);
  if (requested.replayed) {
    // Without the watch the end is still found, by looking the silent job up.
    await waiting
      .watch()
      .catch((error: unknown) => request.log.warn({ err: error }, 'a job cannot be watched'));
  }
  const finished = await waiting.end;
  // The answer has not begun: a connection that is closed was closed by the client.
  const left = !finished && (reply.raw.closed || reply.raw.destroyed);
  if (left && leaving === 'cancel' && !requested.replayed) await cancelAbandoned(deps, command);
  return { requested, finished };
}

/**
 * The job for a caller who has not seen its end. A new one is as its command says; one that has had time to change
 * is looked up, and without jobs at least its end is found.
 */
async function jobAsItStands(
  deps: StreamingDeps,
  requested: RequestedJob,
  { requestId, mayHaveChanged }: { requestId: string; mayHaveChanged: boolean },
): Promise<Job> {
  const { command, sequence } = requested;
  if (mayHaveChanged) {
    const { teamId, jobId } = command;
    const found = await readJob(deps, teamId, jobId, requestId).catch(() => null);
    if (found) return found;
    // The job is stored: an error here would make its caller ask again, and the work be done twice.
    const finished = await deps.live.readEnd(teamId, jobId).catch(() => null);
    if (finished) return endedJob(deps, requested, finished, requestId);
  }
  const job = foldJob([{ type: 'requested', sequence, data: command }]);
  if (!job) throw new AppError('internal', 'The job could not be put together.');
  return job;
}

function accepted(reply: FastifyReply, requested: RequestedJob, job: Job): Job {
  announce(reply, requested);
  reply.code(job.finishedAt && requested.replayed ? 200 : 202);
  return job;
}

function announce(reply: FastifyReply, { command, replayed }: RequestedJob): void {
  reply.header('location', locationOf(command.jobId));
  if (replayed) reply.header('idempotent-replayed', 'true');
}

function locationOf(jobId: string): string {
  return `/api/jobs/${jobId}`;
}
