import { AppError, type cancelJob, foldJob } from '@sluice/contracts';
import type { z } from 'zod';
import { type EndUnfinishedDeps, endUnfinished, tellOfEnd } from './end-unfinished.ts';
import { type ReadJobDeps, readJobEvents } from './read-job.ts';
import { withinReplyLimit } from './reply-limit.ts';
import { runUnderWay } from './run-under-way.ts';

export type CancelDeps = ReadJobDeps & EndUnfinishedDeps;

/**
 * Answers `jobs-api.cancel`. The end first, which refuses every attempt from then on; then who waits is told.
 * Errors: not_found, conflict, unavailable.
 */
export async function answerCancel(
  deps: CancelDeps,
  { teamId, jobId }: z.output<typeof cancelJob.request>,
  requestId: string,
): Promise<z.input<typeof cancelJob.reply>> {
  const events = await readJobEvents(deps, { teamId, jobId });
  const known = foldJob(events);
  const command = events.find((event) => event.type === 'requested')?.data;
  if (!known || !command) throw new AppError('internal', 'The job could not be put together.');
  if (known.finishedAt) throw ended(known.status);
  const run = runUnderWay(events);
  const end = await endUnfinished(deps, command, { status: 'cancelled' }, { requestId, run });
  if (!end) throw ended(foldJob(await readJobEvents(deps, { teamId, jobId }))?.status ?? 'completed');
  await tellOfEnd(deps, command, end.finished, requestId);
  const job = foldJob([...events, { type: 'finished', sequence: end.sequence, data: end.finished }]);
  if (!job) throw new AppError('internal', 'The job could not be put together.');
  return withinReplyLimit({ job });
}

function ended(status: string): AppError {
  return new AppError('conflict', `The job has ended already: it is ${status}.`, {
    details: [{ path: 'status', message: `is ${status}` }],
  });
}
