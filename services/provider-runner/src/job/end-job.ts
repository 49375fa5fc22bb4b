import {
  CLAIM_CHECK_BYTES,
  type Finished,
  finishedSchema,
  gatewaySubjects,
  HEADERS,
  PAYLOADS_BUCKET,
  timerSubjects,
} from '@sluice/contracts';
import {
  type Log,
  type NatsConnection,
  publishStored,
  putObject,
  scheduleHeaders,
  tell,
} from '@sluice/messaging';
import { failure } from './failure.ts';
import { type Job, logFields } from './job.ts';
import { type JobEvents, whileHeld } from './job-events.ts';

export type EndDeps = { readonly nc: NatsConnection; readonly events: JobEvents; readonly log: Log };

/** A timer that nobody took for this long is not needed any more: its copy in JOBS is what counts. */
const DUE_TTL = '1h';

/**
 * Publishes a job's end, tells the gateway that waits for it, and lets the message go. A body that is too large for
 * a message goes to the payloads bucket first. When somebody else ended the job first, ours is dropped.
 */
export async function endJob({ nc, events, log }: EndDeps, job: Job, ended: Finished): Promise<void> {
  const held = { nc, lease: job.lease, log };
  const { finished, text } = writtenEnd(ended, (cause) => {
    log.error({ ...logFields(job), err: cause }, 'an end does not fit its contract; the job fails instead');
  });
  let body: Uint8Array = Buffer.from(text);
  if (body.length > CLAIM_CHECK_BYTES && finished.result) {
    const { result, ...rest } = finished;
    const bytes = Buffer.from(JSON.stringify(result));
    const { teamId, jobId, sequence, delivery } = { ...job.command, ...job.attempt };
    // The attempt is in the name: a runner that lost the race must not replace what the winner refers to.
    const name = `${teamId}/${jobId}/result-${sequence}-${delivery}`;
    const resultRef = await whileHeld(held, () => putObject(nc, PAYLOADS_BUCKET, name, bytes), null);
    if (resultRef === null) return;
    body = Buffer.from(JSON.stringify({ ...rest, resultRef }));
  }
  const outcome = await events.publish(job, 'finished', body);
  if (outcome === 'lost') return;
  // After the ack, so that what a caller is told is durable. Its loss costs only time.
  const { gatewayId, requestId } = job.command;
  if (outcome === 'stored') tell(nc, gatewaySubjects.finished(gatewayId), body, { requestId });
  void job.delivery.ack();
}

/** What a message to NATS may hold, with room for its headers. */
const MAX_END_BYTES = 900 * 1024;

/**
 * An end as it is published. One that nobody could read would leave its job running for ever: what a provider's answer
 * made unreadable is a failure of that answer instead, whatever the reason.
 */
export function writtenEnd(
  finished: Finished,
  onMisfit: (cause: unknown) => void,
): { finished: Finished; text: string } {
  try {
    const text = JSON.stringify(finishedSchema.parse(finished));
    if (finished.result || text.length <= MAX_END_BYTES) return { finished, text };
    onMisfit(new Error(`the end has ${text.length} characters`));
  } catch (cause) {
    onMisfit(cause);
  }
  const { result: _, ...rest } = finished;
  const { error } = failure(
    'provider_malformed',
    "The provider's answer holds something that cannot be passed on.",
    { retryable: false },
  );
  const failed: Finished = { ...rest, status: 'failed', error };
  return { finished: failed, text: JSON.stringify(failed) };
}

/** Lets a job wait outside this runner until it is due. `at` in milliseconds since 1970. */
export async function scheduleDue({ nc, log }: EndDeps, job: Job, at: number): Promise<void> {
  const { priority, teamId, jobId } = job.subject;
  const publication = {
    subject: timerSubjects.at(priority, teamId, jobId),
    body: job.delivery.data,
    headers: {
      ...scheduleHeaders({ at, target: timerSubjects.due(priority, teamId, jobId), ttl: DUE_TTL }),
      [HEADERS.requestId]: job.requestId,
    },
  };
  const stored = await whileHeld({ nc, lease: job.lease, log }, () => publishStored(nc, publication), null);
  if (stored) void job.delivery.ack();
}
