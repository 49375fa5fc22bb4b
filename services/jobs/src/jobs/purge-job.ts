import {
  DELTAS_STREAM,
  deltasSubject,
  JOB_EVENTS,
  type JobEvent,
  objectOfFile,
  PAYLOADS_BUCKET,
  type Priority,
  TIMERS_STREAM,
  timerSubjects,
} from '@sluice/contracts';
import { type NatsConnection, purgeSubject, removeObject } from '@sluice/messaging';
import type { JobAddress, StreamDeps } from './stream-events.ts';

/**
 * Removes what the streams hold of a job that has a tombstone, by exact subject; the tombstone stays. Returns how many
 * messages there were. Errors: unavailable.
 */
export async function purgeJob(
  { nc, subjects }: StreamDeps,
  { teamId, jobId }: JobAddress,
  { priority, sequence }: { priority: Priority; sequence: number },
): Promise<number> {
  // The timers before the job that they wake.
  const timers = [timerSubjects.at(priority, teamId, jobId), timerSubjects.due(priority, teamId, jobId)];
  const others = JOB_EVENTS.filter((name) => name !== 'finished');
  const event = (name: (typeof JOB_EVENTS)[number]) => subjects.event(priority, teamId, jobId, name);
  const purged = [
    ...(await Promise.all(timers.map((subject) => purgeSubject(nc, TIMERS_STREAM, subject)))),
    ...(await Promise.all([
      ...others.map((name) => purgeSubject(nc, subjects.stream, event(name))),
      purgeSubject(nc, subjects.stream, event('finished'), { before: sequence }),
      purgeSubject(nc, DELTAS_STREAM, deltasSubject(teamId, jobId)),
    ])),
  ];
  return purged.reduce((sum, count) => sum + count, 0);
}

/** Removes the objects that a job's events name. What they do not name the sweeper finds by its name. */
export async function removeObjectsOf(
  nc: NatsConnection,
  teamId: string,
  jobId: string,
  events: readonly JobEvent[],
): Promise<void> {
  for (const object of objectsOf(teamId, jobId, events)) await removeObject(nc, PAYLOADS_BUCKET, object);
}

function objectsOf(teamId: string, jobId: string, events: readonly JobEvent[]): Set<string> {
  const objects = new Set<string>();
  for (const event of events) {
    if (event.type === 'requested' && event.data.inputRef) objects.add(event.data.inputRef.object);
    if (event.type !== 'finished') continue;
    if (event.data.resultRef) objects.add(event.data.resultRef.object);
    for (const { id } of event.data.result?.images ?? []) {
      const object = objectOfFile(teamId, id);
      if (object) objects.add(object);
    }
  }
  // An event cannot take what is another job's.
  return new Set([...objects].filter((object) => object.startsWith(`${teamId}/${jobId}/`)));
}
