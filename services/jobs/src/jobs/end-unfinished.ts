import {
  type Command,
  type Finished,
  gatewaySubjects,
  HEADERS,
  type JobError,
  type JobSubject,
  jobCancelledSubject,
  type Started,
  type Subjects,
  TIMERS_STREAM,
  timerSubjects,
} from '@sluice/contracts';
import { type Log, type NatsConnection, publishGuarded, purgeSubject, tell } from '@sluice/messaging';

export type EndUnfinishedDeps = { nc: NatsConnection; subjects: Subjects; now: () => Date };

/** How a job ends that no runner ended. */
type OutsideEnd = { status: 'cancelled' } | { status: 'expired'; error: JobError };

/**
 * Ends a job unless it has an end, and tells the runners, so that a provider call for it stops at once. Returns the
 * end as it was stored, or null when somebody else ended the job first. `tombstone`: the end stands for a job that is
 * being removed. Throws AppError `unavailable`.
 */
export async function endUnfinished(
  { nc, subjects, now }: EndUnfinishedDeps,
  { priority, teamId, jobId }: Pick<JobSubject, 'priority' | 'teamId' | 'jobId'>,
  end: OutsideEnd,
  { requestId, run, tombstone }: { requestId: string; run?: Started | undefined; tombstone?: true },
): Promise<{ sequence: number; finished: Finished } | null> {
  const finished: Finished = {
    v: 1,
    jobId,
    at: now().toISOString(),
    ...(run && { run: { ...runOf(run), firstTokenMs: null } }),
    lastIndex: -1,
    ...end,
  };
  const outcome = await publishGuarded(nc, {
    stream: subjects.stream,
    subject: subjects.event(priority, teamId, jobId, 'finished'),
    body: JSON.stringify(finished),
    headers: { [HEADERS.requestId]: requestId, ...(tombstone && { [HEADERS.tombstone]: '1' }) },
    guard: { filter: subjects.end(teamId, jobId), sequence: 0 },
  });
  if (!outcome.stored) return null;
  tell(nc, jobCancelledSubject(teamId, jobId), '', { requestId });
  return { sequence: outcome.sequence, finished };
}

function runOf({ v: _, ...run }: Started) {
  return run;
}

/**
 * Tells the gateway that waits for a job, and removes the timer of one that waits itself: one that is set in between
 * fires, and its work is refused at `started`.
 */
export async function tellOfEnd(
  { nc, log }: { nc: NatsConnection; log: Log },
  { priority, teamId, jobId, gatewayId }: Command,
  finished: Finished,
  requestId: string,
): Promise<void> {
  tell(nc, gatewaySubjects.finished(gatewayId), JSON.stringify(finished), { requestId });
  await purgeSubject(nc, TIMERS_STREAM, timerSubjects.at(priority, teamId, jobId)).catch((error: unknown) =>
    log.warn({ err: error, jobId, requestId }, 'the timer of an ended job stays; its work will be refused'),
  );
}
