import { JOB_LIFETIME_MS, type JobError } from '@sluice/contracts';
import { lastBySubject } from '@sluice/messaging';
import { type EndUnfinishedDeps, endUnfinished, tellOfEnd } from '../jobs/end-unfinished.ts';
import { eventsIn, type JobDocument } from '../jobs/job-document.ts';
import { type ProjectorDeps, projectBatch } from '../jobs/projector.ts';
import { runUnderWay } from '../jobs/run-under-way.ts';

export type SweepDeps = ProjectorDeps & EndUnfinishedDeps;

const AT_ONCE = 500;
const FIND_BOUND_MS = 4_000;
/** A runner ends its own job at the deadline, and knows more of it: what is running gets this long, in milliseconds. */
const RUNNING_GRACE_MS = 10_000;

type Overdue = Pick<JobDocument, '_id' | 'teamId' | 'events'>;

/**
 * Ends jobs that have no end and should have: past their deadline, or older than a job may become. The index says which,
 * the guard whether: one that has ended meanwhile is written into the index instead. Returns how many it ended.
 * Errors: unavailable, the driver's.
 */
export async function sweepOverdue(deps: SweepDeps): Promise<number> {
  const now = deps.now();
  const found = await deps.jobs
    .find(overdueAt(now), { limit: AT_ONCE, sort: { endsBy: 1 }, timeoutMS: FIND_BOUND_MS })
    .project<Overdue>({ teamId: 1, events: 1 })
    .toArray();
  let ended = 0;
  for (const document of found) if (await endOverdue(deps, document)) ended += 1;
  return ended;
}

/** Jobs without an end whose time is over. */
export function overdueAt(now: Date) {
  return {
    ...{ 'state.rank': 0 as const, endsBy: { $lte: now } },
    $or: [
      { 'state.status': { $ne: 'running' as const } },
      { endsBy: { $lte: new Date(now.getTime() - RUNNING_GRACE_MS) } },
    ],
  };
}

async function endOverdue(deps: SweepDeps, document: Overdue): Promise<boolean> {
  const { _id: jobId, teamId } = document;
  const events = eventsIn(document).sort((a, b) => a.sequence - b.sequence);
  const command = events.find((event) => event.type === 'requested')?.data;
  if (!command) return false;
  const { requestId, deadlineAt } = command;
  const run = runUnderWay(events);
  const error = overdueError(deadlineAt, run !== undefined);
  const end = await endUnfinished(deps, command, { status: 'expired', error }, { requestId, run });
  if (!end) {
    await projectEnd(deps, { teamId, jobId });
    return false;
  }
  await tellOfEnd(deps, command, end.finished, requestId);
  deps.log.warn({ jobId, teamId, requestId, deadlineAt }, 'a job that was overdue has expired');
  return true;
}

function overdueError(deadlineAt: string | null, running: boolean): JobError {
  const what = running ? 'the work was done' : 'the work could begin';
  const message = deadlineAt
    ? `The deadline ${deadlineAt} passed before ${what}.`
    : `No job lasts longer than ${JOB_LIFETIME_MS / 3_600_000} hours; they passed before ${what}.`;
  return { code: 'deadline_exceeded', message, retryable: false };
}

/** The index is behind; one job of it need not be. */
async function projectEnd(
  deps: SweepDeps,
  { teamId, jobId }: { teamId: string; jobId: string },
): Promise<void> {
  const { nc, subjects } = deps;
  const end = await lastBySubject(nc, subjects.stream, subjects.end(teamId, jobId));
  if (end) await projectBatch(deps, [end]);
}
