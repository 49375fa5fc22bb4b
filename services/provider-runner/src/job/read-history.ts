import type { JobSubject, Started, Subjects } from '@sluice/contracts';
import { countSubject, lastBySubject, type NatsConnection } from '@sluice/messaging';
import { type AttemptHistory, NO_HISTORY } from './decide-start.ts';

/** What the stream says of a job's attempts so far. Throws AppError `unavailable` when it does not answer. */
export async function readHistory(
  nc: NatsConnection,
  subjects: Subjects,
  { priority, teamId, jobId }: JobSubject,
): Promise<AttemptHistory> {
  const startedSubject = subjects.event(priority, teamId, jobId, 'started');
  const releasedSubject = subjects.event(priority, teamId, jobId, 'released');
  const [started, lastStarted, released, lastReleased] = await Promise.all([
    countSubject(nc, subjects.stream, startedSubject),
    lastBySubject(nc, subjects.stream, startedSubject),
    countSubject(nc, subjects.stream, releasedSubject),
    lastBySubject(nc, subjects.stream, releasedSubject),
  ]);
  if (!lastStarted) return NO_HISTORY;
  const { attempt } = lastStarted.json() as Started;
  return {
    started,
    released,
    lastStarted: {
      sequence: lastStarted.sequence,
      attemptSequence: attempt.sequence,
      storedAt: lastStarted.storedAt,
    },
    lastReleased,
  };
}
