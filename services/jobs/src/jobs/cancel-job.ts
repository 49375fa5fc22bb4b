import {
  AppError,
  type cancelJob,
  foldJob,
  gatewaySubjects,
  type JobEvent,
  TIMERS_STREAM,
  timerSubjects,
} from '@sluice/contracts';
import { purgeSubject, tell } from '@sluice/messaging';
import type { z } from 'zod';
import { type EndCancelledDeps, endCancelled } from './end-cancelled.ts';
import { type ReadJobDeps, readJobEvents } from './read-job.ts';
import { withinReplyLimit } from './reply-limit.ts';

export type CancelDeps = ReadJobDeps & EndCancelledDeps;

/**
 * Answers `jobs-api.cancel`. The end first, which refuses every attempt from then on; then the waiting gateway is told,
 * and the timer of a job that waits is removed: one that is set in between fires, and its work is refused at `started`.
 * Errors: not_found, conflict, unavailable.
 */
export async function answerCancel(
  deps: CancelDeps,
  { teamId, jobId }: z.output<typeof cancelJob.request>,
  requestId: string,
): Promise<z.input<typeof cancelJob.reply>> {
  const { nc, log } = deps;
  const events = await readJobEvents(deps, { teamId, jobId });
  const known = foldJob(events);
  const command = events.find((event) => event.type === 'requested')?.data;
  if (!known || !command) throw new AppError('internal', 'The job could not be put together.');
  if (known.finishedAt) throw ended(known.status);
  const { priority, gatewayId } = command;
  const end = await endCancelled(deps, { priority, teamId, jobId }, { requestId, run: runUnderWay(events) });
  if (!end) throw ended(foldJob(await readJobEvents(deps, { teamId, jobId }))?.status ?? 'completed');
  tell(nc, gatewaySubjects.finished(gatewayId), JSON.stringify(end.finished), { requestId });
  await purgeSubject(nc, TIMERS_STREAM, timerSubjects.at(priority, teamId, jobId)).catch((error: unknown) =>
    log.warn(
      { err: error, jobId, requestId },
      'the timer of a cancelled job stays; its work will be refused',
    ),
  );
  const job = foldJob([...events, { type: 'finished', sequence: end.sequence, data: end.finished }]);
  if (!job) throw new AppError('internal', 'The job could not be put together.');
  return withinReplyLimit({ job });
}

/** The attempt that has begun and has no outcome yet. */
function runUnderWay(events: readonly JobEvent[]) {
  const last = events.findLast(
    ({ type }) => type === 'started' || type === 'retrying' || type === 'released',
  );
  return last?.type === 'started' ? last.data : undefined;
}

function ended(status: string): AppError {
  return new AppError('conflict', `The job has ended already: it is ${status}.`, {
    details: [{ path: 'status', message: `is ${status}` }],
  });
}
