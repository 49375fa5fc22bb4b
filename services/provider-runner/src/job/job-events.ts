import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, HEADERS, type JobEventName, type JobSubject, type Subjects } from '@sluice/contracts';
import { type Log, type NatsConnection, publishGuarded } from '@sluice/messaging';

/** One round of a publish, in milliseconds; between rounds the lease is looked at. */
const ROUND_MS = 5000;
const PAUSE_MS = 250;

export type JobEventsDeps = {
  readonly nc: NatsConnection;
  readonly subjects: Subjects;
  readonly runnerId: string;
  readonly log: Log;
};

/** `ended`: the job has its end, and whoever asks has lost. `lost`: the lease, or the connection, is gone. */
export type PublishOutcome = 'stored' | 'ended' | 'lost';

export type JobEvents = {
  publish(
    job: { subject: JobSubject; requestId: string; lease: AbortSignal },
    event: JobEventName,
    body: string | Uint8Array,
  ): Promise<PublishOutcome>;
};

/** Publishes a job's events, each stored only while the job has no end. */
export function createJobEvents({ nc, subjects, runnerId, log }: JobEventsDeps): JobEvents {
  let published = 0;
  return {
    publish({ subject: { priority, teamId, jobId }, requestId, lease }, event, body) {
      published += 1;
      // Kept over all rounds: an event whose ack got lost is recognised as ours.
      const publishId = `${runnerId}.${published}`;
      const publication = {
        stream: subjects.stream,
        subject: subjects.event(priority, teamId, jobId, event),
        body,
        headers: { [HEADERS.requestId]: requestId },
        guard: { filter: subjects.end(teamId, jobId), sequence: 0 },
        publishId,
        boundMs: ROUND_MS,
      };
      return whileHeld<PublishOutcome>(
        { nc, lease, log },
        async () => ((await publishGuarded(nc, publication)).stored ? 'stored' : 'ended'),
        'lost',
      );
    },
  };
}

/**
 * Does what must be done before a job may be let go, again and again while the store is full or away: a result that
 * was paid for is not lost. Ends with `otherwise` when the lease or the connection is gone. Throws other errors.
 */
export async function whileHeld<T>(
  { nc, lease, log }: { nc: NatsConnection; lease: AbortSignal; log: Log },
  work: () => Promise<T>,
  otherwise: T,
): Promise<T> {
  while (!lease.aborted && !nc.isClosed()) {
    try {
      return await work();
    } catch (err) {
      if (!(err instanceof AppError) || (err.code !== 'unavailable' && err.code !== 'queue_full')) throw err;
      if (lease.aborted || nc.isClosed()) break;
      log.warn({ err }, 'the outcome of a job is not stored yet; trying again');
      await sleep(PAUSE_MS, undefined, { ref: false });
    }
  }
  return otherwise;
}
