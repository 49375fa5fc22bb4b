import {
  type Finished,
  HEADERS,
  type JobSubject,
  jobCancelledSubject,
  type Started,
  type Subjects,
} from '@sluice/contracts';
import { type NatsConnection, publishGuarded, tell } from '@sluice/messaging';

export type EndCancelledDeps = { nc: NatsConnection; subjects: Subjects; now: () => Date };

/**
 * Ends a job as cancelled unless it has an end, and tells the runners, so that a provider call for it stops at once.
 * Returns the end as it was stored, or null when somebody else ended the job first. `tombstone`: the end stands for a
 * job that is being removed. Throws AppError `unavailable`.
 */
export async function endCancelled(
  { nc, subjects, now }: EndCancelledDeps,
  { priority, teamId, jobId }: Pick<JobSubject, 'priority' | 'teamId' | 'jobId'>,
  { requestId, run, tombstone }: { requestId: string; run?: Started | undefined; tombstone?: true },
): Promise<{ sequence: number; finished: Finished } | null> {
  const finished: Finished = {
    v: 1,
    jobId,
    status: 'cancelled',
    at: now().toISOString(),
    ...(run && { run: { ...runOf(run), firstTokenMs: null } }),
    lastIndex: -1,
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
