import type { JobEventName, JobSubject, Retrying, Started, Subjects } from '@sluice/contracts';
import { lastBySubject, type NatsConnection } from '@sluice/messaging';
import { type AttemptHistory, NO_HISTORY } from './decide-start.ts';

/** What the stream says of a job's attempts so far. Throws AppError `unavailable` when it does not answer. */
export async function readHistory(
  nc: NatsConnection,
  subjects: Subjects,
  { priority, teamId, jobId }: JobSubject,
): Promise<AttemptHistory> {
  const last = (event: JobEventName) =>
    lastBySubject(nc, subjects.stream, subjects.event(priority, teamId, jobId, event));
  const [started, retrying, released] = await Promise.all([
    last('started'),
    last('retrying'),
    last('released'),
  ]);
  if (!started) return NO_HISTORY;
  return {
    lastStarted: {
      sequence: started.sequence,
      storedAt: started.storedAt,
      event: started.json() as Started,
    },
    lastRetrying: retrying && {
      sequence: retrying.sequence,
      storedAt: retrying.storedAt,
      event: retrying.json() as Retrying,
    },
    lastReleased: released,
  };
}
