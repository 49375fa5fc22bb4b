import type { Finished, Parked } from '@sluice/contracts';
import { type EndDeps, endJob, scheduleDue } from './end-job.ts';
import { failure } from './failure.ts';
import { type Job, logFields } from './job.ts';

/** The stream forgets a job after 24 h; what waits for its provider ends before that. In milliseconds. */
const LONGEST_WAIT_MS = 23 * 3600 * 1000;

/**
 * Lets a job wait for a provider whose circuit is open; no attempt is counted. A deadline that comes first wakes it, so
 * that it ends then. `until` in milliseconds since 1970.
 */
export async function parkJob(deps: EndDeps, job: Job, until: number): Promise<void> {
  const { command } = job;
  const now = Date.now();
  if (until - Date.parse(command.at) > LONGEST_WAIT_MS) {
    await endJob(deps, job, waitedTooLong(command.jobId, now));
    return;
  }
  const deadline = command.deadlineAt === null ? Number.POSITIVE_INFINITY : Date.parse(command.deadlineAt);
  const at = Math.min(until, deadline);
  deps.log.debug({ ...logFields(job), until: at }, 'parked: its provider keeps failing');
  const parked: Parked = { v: 1, until: new Date(at).toISOString(), at: new Date(now).toISOString() };
  // As `retrying`: the guarded event first, then the timer, the ack last.
  const outcome = await deps.events.publish(job, 'parked', JSON.stringify(parked));
  if (outcome === 'ended') void job.delivery.ack();
  if (outcome === 'stored') await scheduleDue(deps, job, at);
}

function waitedTooLong(jobId: string, now: number): Finished {
  const { error } = failure(
    'provider_unavailable',
    'The provider kept failing for as long as a job may wait.',
  );
  return { v: 1, jobId, status: 'failed', at: new Date(now).toISOString(), lastIndex: -1, error };
}
