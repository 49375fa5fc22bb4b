import { JOB_EVENTS, type JobEvent, type Subjects } from '@sluice/contracts';
import { lastBySubject, type NatsConnection, readSubject, type StoredMessage } from '@sluice/messaging';
import { eventOf } from './stored-event.ts';

export type StreamDeps = { nc: NatsConnection; subjects: Subjects };
export type JobAddress = { teamId: string; jobId: string };

/** The newest message of a job, from the stream's leader: 0.3 ms at a million jobs. Null: not in the stream. */
export function lastOfJob({ nc, subjects }: StreamDeps, { teamId, jobId }: JobAddress) {
  return lastBySubject(nc, subjects.stream, subjects.job(teamId, jobId));
}

/**
 * The events of a job that the stream holds, in no order, some twice; `last` is its newest message. The newest of each exact subject is all there is while the job is in its first attempt. Only
 * a later attempt (its `started` has a reason) repeats a subject and needs the slower read through the stream.
 */
export async function streamEvents(
  { nc, subjects }: StreamDeps,
  { teamId, jobId }: JobAddress,
  last: StoredMessage,
): Promise<JobEvent[]> {
  const newest = subjects.parse(last.subject);
  if (!newest || newest.event === 'requested') return eventsAmong(subjects, [last]);
  const others = await Promise.all(
    JOB_EVENTS.filter((name) => name !== newest.event).map((name) =>
      lastBySubject(nc, subjects.stream, subjects.event(newest.priority, teamId, jobId, name)),
    ),
  );
  const events = eventsAmong(subjects, [last, ...others.filter((message) => message !== null)]);
  const repeats = ({ type, data }: JobEvent) =>
    type === 'parked' || (type === 'started' && data.reason !== undefined);
  if (!events.some(repeats)) return events;
  const fromSequence = events.find((event) => event.type === 'requested')?.sequence ?? 1;
  const all = await readSubject(nc, subjects.stream, subjects.job(teamId, jobId), { fromSequence });
  return [...events, ...eventsAmong(subjects, all)];
}

function eventsAmong(subjects: Subjects, messages: readonly StoredMessage[]): JobEvent[] {
  const events: JobEvent[] = [];
  for (const message of messages) {
    const event = eventOf(subjects, message);
    if (!('malformed' in event)) events.push(event.event);
  }
  return events;
}
