import type { getJobHistory } from '@sluice/contracts';
import type { z } from 'zod';
import { type ReadJobDeps, readJobEvents } from './read-job.ts';
import { withinReplyLimit } from './reply-limit.ts';

/** Answers `jobs-api.history`: the events by sequence, commands without their input. Errors as readJobEvents. */
export async function answerHistory(
  deps: ReadJobDeps,
  request: z.output<typeof getJobHistory.request>,
): Promise<z.input<typeof getJobHistory.reply>> {
  return withinReplyLimit({ events: await readJobEvents(deps, request) });
}
