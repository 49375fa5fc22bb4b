import type { Command, Finished, JobError, JobEvent, Retrying, Started } from './events.v1.ts';
import type { Job, JobAttempt } from './job.ts';

/**
 * What a job is after these events. They may come in any order and more than once; what stands after
 * `finished` is ignored. Null while the command itself is not among them, and once the job was deleted. A result that
 * was stored by reference is left null.
 */
export function foldJob(events: readonly JobEvent[]): Job | null {
  const ordered = [...events].sort((a, b) => a.sequence - b.sequence);
  const requested = ordered.find((event) => event.type === 'requested');
  if (!requested || isDeleted(events)) return null;
  const job = queued(requested.data);
  for (const event of ordered) {
    apply(job, event);
    if (event.type === 'finished') break;
  }
  return job;
}

/** Whether a tombstone is among the events. */
export function isDeleted(events: readonly JobEvent[]): boolean {
  return events.some(({ type, data }) => type === 'finished' && data.status === 'deleted');
}

function queued(command: Command): Job {
  return {
    id: command.jobId,
    kind: command.kind,
    status: 'queued',
    priority: command.priority,
    aiProfileId: command.aiProfileId,
    requestId: command.requestId,
    traceId: command.traceId,
    attempt: 0,
    maxAttempts: command.maxAttempts,
    createdAt: command.at,
    startedAt: null,
    finishedAt: null,
    deadlineAt: command.deadlineAt,
    nextAttemptAt: null,
    attempts: [],
    ...(command.metadata && { metadata: command.metadata }),
    ...(command.retryOf && { retryOf: command.retryOf }),
    result: null,
    error: null,
  };
}

function apply(job: Job, event: JobEvent): void {
  switch (event.type) {
    case 'requested':
      return;
    case 'ready':
    case 'due':
      job.status = 'queued';
      job.nextAttemptAt = null;
      return;
    case 'parked':
      job.status = 'waiting';
      job.nextAttemptAt = event.data.until;
      return;
    case 'started':
      // Whatever ran has said nothing more: its runner is gone.
      for (const attempt of job.attempts) if (attempt.status === 'running') attempt.status = 'lost';
      attemptOf(job, event.data);
      job.status = 'running';
      job.nextAttemptAt = null;
      return;
    case 'retrying': {
      const { number, at: finishedAt, nextAttemptAt } = event.data;
      const attempt = job.attempts.find((one) => one.number === number);
      const error = withoutText(event.data.error);
      if (attempt) Object.assign(attempt, { status: 'failed', finishedAt, error, ...spentIn(event.data) });
      job.status = 'waiting';
      job.nextAttemptAt = nextAttemptAt;
      return;
    }
    case 'released': {
      const attempt = job.attempts.find(({ number }) => number === event.data.number);
      if (attempt) Object.assign(attempt, { status: 'handed_back', finishedAt: event.data.at });
      job.status = 'queued';
      return;
    }
    case 'finished':
      finish(job, event.data);
  }
}

function attemptOf(job: Job, run: Omit<Started, 'v'>): JobAttempt {
  const known = job.attempts.find(({ number }) => number === run.number);
  if (known) return known;
  const attempt: JobAttempt = {
    number: run.number,
    status: 'running',
    aiProfileId: run.aiProfileId,
    provider: run.provider ?? null,
    model: run.model ?? null,
    runnerId: run.runnerId,
    startedAt: run.at,
    finishedAt: null,
    queueMs: run.queueMs,
    firstTokenMs: null,
    usage: null,
    cost: null,
    error: null,
  };
  job.attempts.push(attempt);
  job.attempt = Math.max(job.attempt, run.number);
  job.startedAt ??= run.at;
  return attempt;
}

type Spent = Partial<Pick<Retrying, 'firstTokenMs' | 'usage' | 'cost'>>;

function spentIn({ firstTokenMs = null, usage = null, cost = null }: Spent): Required<Spent> {
  return { firstTokenMs, usage, cost };
}

function finish(job: Job, finished: Finished): void {
  const { status, at: finishedAt } = finished;
  if (status === 'deleted') return;
  if (finished.run) {
    const attempt = attemptOf(job, finished.run);
    const error = finished.error ? withoutText(finished.error) : null;
    Object.assign(attempt, { status, finishedAt, error, ...spentIn(finished.run) });
  }
  for (const attempt of job.attempts) if (attempt.status === 'running') attempt.status = 'lost';
  job.status = status;
  job.finishedAt = finishedAt;
  job.nextAttemptAt = null;
  job.result = finished.result ?? null;
  job.error = finished.error ?? null;
}

/** An unusable answer stands in the job's own error; once is enough for 64 KB. */
function withoutText({ text: _, ...error }: JobError): JobError {
  return error;
}
