import { type Finished, HEADERS, type JobEventName, type JobSubject } from '@sluice/contracts';
import type { Delivery } from '@sluice/messaging';
import { extractContext, MESSAGING, SLUICE, type Span, withMessagingSpan } from '@sluice/telemetry';
import { failure } from './failure.ts';
import type { Job } from './job.ts';
import { readCommand } from './read-command.ts';
import { type RunDeps, runJob } from './run-job.ts';

/** Handles one delivered command: from its message to its settlement. */
export function handleDelivery(deps: RunDeps): (delivery: Delivery) => Promise<void> {
  const templateOf = (event: JobEventName): string => `${deps.queue}.{priority}.{team}.{job}.${event}`;

  return (delivery) => {
    const subject = deps.subjects.parse(delivery.subject);
    if (!subject) {
      deps.log.error({ subject: delivery.subject }, 'a command came on a subject that is no job');
      delivery.term('not a job subject');
      return Promise.resolve();
    }
    const read = readCommand(delivery, subject);
    if ('fault' in read) return endMalformed(deps, delivery, subject, read.fault);
    const { command } = read;
    const job: Job = {
      delivery,
      subject,
      command,
      requestId: command.requestId,
      lease: delivery.lease,
      attempt: { sequence: delivery.sequence, delivery: delivery.delivery },
    };
    const settings = {
      ...(delivery.headers && { parent: extractContext(delivery.headers) }),
      attributes: {
        [SLUICE.requestId]: command.requestId,
        [SLUICE.jobId]: command.jobId,
        [SLUICE.teamId]: command.teamId,
        [SLUICE.jobKind]: command.kind,
        [SLUICE.jobPriority]: command.priority,
        [SLUICE.aiProfileId]: command.aiProfileId,
        [SLUICE.runnerId]: deps.runnerId,
        [MESSAGING.messageId]: String(delivery.sequence),
      },
    };
    return withMessagingSpan('process', templateOf(subject.event), settings, (span: Span) =>
      runJob(deps, job, span),
    );
  };
}

/** Ends a job whose command cannot be read by its subject alone; nobody will ever be able to read it. */
async function endMalformed(
  { events, log }: RunDeps,
  delivery: Delivery,
  subject: JobSubject,
  fault: string,
): Promise<void> {
  const finished: Finished = {
    v: 1,
    jobId: subject.jobId,
    status: 'failed',
    at: new Date().toISOString(),
    lastIndex: -1,
    error: failure('malformed', fault).error,
  };
  const requestId = delivery.headers?.get(HEADERS.requestId) ?? '';
  log.error({ jobId: subject.jobId, requestId, fault }, 'a command cannot be read');
  const job = { subject, requestId, lease: delivery.lease };
  const outcome = await events.publish(job, 'finished', JSON.stringify(finished));
  if (outcome !== 'lost') delivery.term('malformed');
}
