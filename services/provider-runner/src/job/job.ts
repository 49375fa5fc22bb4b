import type { Attempt, Command, JobSubject } from '@sluice/contracts';
import type { Delivery } from '@sluice/messaging';

/** A job as this runner holds it. */
export type Job = {
  readonly delivery: Delivery;
  readonly subject: JobSubject;
  readonly command: Command;
  readonly requestId: string;
  readonly lease: AbortSignal;
  readonly attempt: Attempt;
};

/** What every log line of a job carries. */
export const logFields = ({ command: { jobId, requestId, traceId } }: Job) => ({ requestId, jobId, traceId });
