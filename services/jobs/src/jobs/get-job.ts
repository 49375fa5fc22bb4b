import { foldJob, type getJob, type JobEvent } from '@sluice/contracts';
import type { z } from 'zod';
import { placeOf } from './place-in-queue.ts';
import { noSuchJob, type ReadJobDeps, readJobEvents } from './read-job.ts';
import { withinReplyLimit } from './reply-limit.ts';

/** Answers `jobs-api.get`: the job as it is now, projected or not. Errors as readJobEvents. */
export async function answerGet(
  deps: ReadJobDeps,
  request: z.output<typeof getJob.request>,
): Promise<z.input<typeof getJob.reply>> {
  const events = await readJobEvents(deps, request);
  const job = foldJob(events);
  if (!job) throw noSuchJob();
  const resultRef = resultRefOf(events);
  if (job.status === 'queued') job.position = await placeOf(deps, request.teamId, job);
  return withinReplyLimit({ job, ...(resultRef && { resultRef }) });
}

function resultRefOf(events: readonly JobEvent[]) {
  const finished = events.find((event) => event.type === 'finished');
  return finished?.data.resultRef;
}
