import {
  AppError,
  type Command,
  type Finished,
  foldJob,
  getJob,
  type Job,
  type JobEvent,
  jobResultSchema,
  type ObjectRef,
  PAYLOADS_BUCKET,
} from '@sluice/contracts';
import type { NatsConnection } from '@sluice/messaging';
import { call, getObject } from '@sluice/messaging';

type Deps = { nc: NatsConnection };

/** An id that no job can have, answered as jobs answers an unknown one. */
export function noSuchJob(): AppError {
  return new AppError('not_found', 'There is no such job.', {
    details: [{ path: 'id', message: 'names no job of this team' }],
  });
}

/** A job of a team with its result, wherever that is kept. Errors: not_found, unavailable, input_lost. */
export async function readJob({ nc }: Deps, teamId: string, jobId: string, requestId: string): Promise<Job> {
  return withResult({ nc }, await call(nc, getJob, { teamId, jobId }, { requestId }));
}

/** A job as jobs answers it, with its result. Errors: unavailable, input_lost. */
export async function withResult(
  { nc }: Deps,
  { job, resultRef }: { job: Job; resultRef?: ObjectRef | undefined },
): Promise<Job> {
  return resultRef ? { ...job, result: await readResult(nc, resultRef) } : job;
}

/**
 * The job that has just ended. What its own command and outcome say is enough for a job that ended in its
 * first attempt; earlier attempts are asked of jobs, and left out when jobs does not answer. Errors: not_found (it was
 * deleted), unavailable, input_lost.
 */
export async function endedJob(
  deps: Deps,
  requested: { command: Command; sequence: number },
  finished: Finished,
  requestId: string,
): Promise<Job> {
  const { command, sequence } = requested;
  if (finished.status === 'deleted') throw noSuchJob();
  if ((finished.run?.number ?? 1) > 1) {
    const whole = await readJob(deps, command.teamId, command.jobId, requestId).catch(() => null);
    if (whole?.finishedAt) return whole;
  }
  const events: JobEvent[] = [
    { type: 'requested', sequence, data: command },
    { type: 'finished', sequence: sequence + 1, data: finished },
  ];
  const job = foldJob(events);
  if (!job) throw new AppError('internal', 'The job could not be put together.');
  return finished.resultRef ? { ...job, result: await readResult(deps.nc, finished.resultRef) } : job;
}

async function readResult(nc: NatsConnection, ref: ObjectRef) {
  const bytes = await getObject(nc, PAYLOADS_BUCKET, ref);
  return jobResultSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
}
