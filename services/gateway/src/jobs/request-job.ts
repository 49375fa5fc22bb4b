import {
  AppError,
  CLAIM_CHECK_BYTES,
  type Command,
  commandSchema,
  finishedSchema,
  HEADERS,
  newId,
  PAYLOADS_BUCKET,
  type Subjects,
} from '@sluice/contracts';
import type { NatsConnection } from '@sluice/messaging';
import { lastBySubject, publishGuarded, putObject } from '@sluice/messaging';
import { type Context, SLUICE, withMessagingSpan } from '@sluice/telemetry';

export type RequestedJob = {
  command: Command;
  /** Of `requested` in the stream. */
  sequence: number;
  /** The job was there already, from an earlier request with the same idempotency key. */
  replayed: boolean;
};

/**
 * Puts a job into the stream; returns once it is stored there. A command whose id was taken by the same
 * request returns the first one. Errors: idempotency_conflict, conflict (that job was deleted), unavailable, queue_full.
 */
export async function requestJob(
  deps: { nc: NatsConnection; subjects: Subjects },
  command: Command,
  parent: Context,
): Promise<RequestedJob> {
  const { nc, subjects } = deps;
  const { teamId, jobId, priority, requestId, kind } = command;
  const subject = subjects.event(priority, teamId, jobId, 'requested');
  const body = await withLargeInputApart(nc, command);
  const attributes = {
    [SLUICE.requestId]: requestId,
    [SLUICE.jobId]: jobId,
    [SLUICE.teamId]: teamId,
    [SLUICE.jobKind]: kind,
  };
  const template = subjects.event('{priority}' as 'batch', '{team}', '{job}', 'requested');
  return withMessagingSpan('publish', template, { attributes, parent }, async () => {
    const outcome = await publishGuarded(nc, {
      stream: subjects.stream,
      subject,
      body,
      headers: { [HEADERS.requestId]: requestId },
      guard: { filter: subjects.job(teamId, jobId), sequence: 0 },
    });
    if (outcome.stored) return { command, sequence: outcome.sequence, replayed: false };
    return firstRequest(deps, command);
  });
}

/**
 * The command as it travels. Its object has a name of its own, so that a refused command overwrites nothing; it begins
 * with the team, so that it goes when the team is deleted.
 */
async function withLargeInputApart(nc: NatsConnection, command: Command): Promise<string> {
  const whole = JSON.stringify(command);
  if (Buffer.byteLength(whole) <= CLAIM_CHECK_BYTES) return whole;
  const { input, ...rest } = command;
  const inputRef = await putObject(
    nc,
    PAYLOADS_BUCKET,
    `${command.teamId}/${command.jobId}/input-${newId()}`,
    Buffer.from(JSON.stringify(input)),
  );
  return JSON.stringify({ ...rest, inputRef } satisfies Command);
}

async function firstRequest(
  { nc, subjects }: { nc: NatsConnection; subjects: Subjects },
  command: Command,
): Promise<RequestedJob> {
  const { teamId, jobId } = command;
  const [first, end] = await Promise.all([
    lastBySubject(nc, subjects.stream, `${subjects.job(teamId, jobId).slice(0, -1)}requested`),
    lastBySubject(nc, subjects.stream, subjects.end(teamId, jobId)),
  ]);
  // The key was for doing the work once: a new job would do it again.
  if (!first || finishedSchema.safeParse(end?.json()).data?.status === 'deleted') {
    throw new AppError('conflict', 'The job that this Idempotency-Key made was deleted; use another key.', {
      details: [{ path: 'headers.idempotency-key', message: 'made a job that was deleted' }],
    });
  }
  const earlier = commandSchema.parse(first.json());
  if (earlier.fingerprint !== command.fingerprint) {
    throw new AppError('idempotency_conflict', 'This Idempotency-Key was used for another request.', {
      details: [{ path: 'headers.idempotency-key', message: 'was used with another body' }],
    });
  }
  return { command: earlier, sequence: first.sequence, replayed: true };
}
