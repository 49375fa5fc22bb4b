import { setTimeout as sleep } from 'node:timers/promises';
import { CONSUMERS, type Subjects } from '@sluice/contracts';
import { type BatchLoop, type Log, type NatsConnection, startBatchLoop } from '@sluice/messaging';
import { deletedAmong, deletedTeamsCollection } from '../teams/deleted-teams.ts';
import { untilIndexed } from '../until-indexed.ts';
import { decideUpdates, type ProjectedEvent } from './decide-projection.ts';
import { ensureIndexes, type JobCollection } from './job-document.ts';
import { noteRetried } from './note-retried.ts';
import { eventOf, type JobMessage } from './stored-event.ts';
import { writeUpdates } from './write-updates.ts';

export type ProjectorDeps = { nc: NatsConnection; jobs: JobCollection; subjects: Subjects; log: Log };

const MAX_BATCH = 500;
/** For the other events of a job that begins and ends at once. */
const GATHER_MS = 5;
/**
 * Between the starts of two writes that are not full: the first event after a silence is written at once, and under
 * load MongoDB gets a few large writes instead of many small ones.
 */
const WRITE_INTERVAL_MS = 200;
const PACE_STEP_MS = 20;

/**
 * Writes the jobs stream into MongoDB until it is stopped. Waits for MongoDB, at the start and later; a message is
 * acked when its event is durable. What is no event is logged with subject and sequence, and passed over.
 */
export function startProjector(deps: ProjectorDeps): { stop(): Promise<void> } {
  const { nc, jobs, subjects, log } = deps;
  const stopping = new AbortController();
  let loop: BatchLoop | undefined;

  const handle = async (batch: readonly JobMessage[]): Promise<void> => {
    const startedAt = performance.now();
    await projectBatch(deps, batch);
    const over = () => stopping.signal.aborted || performance.now() - startedAt >= WRITE_INTERVAL_MS;
    while (loop && loop.held < MAX_BATCH && !over()) await sleep(PACE_STEP_MS);
  };

  const started = untilIndexed(() => ensureIndexes(jobs), log, stopping.signal).then(() => {
    if (stopping.signal.aborted) return;
    const settings = { stream: subjects.stream, consumer: CONSUMERS.projector };
    loop = startBatchLoop(nc, { ...settings, maxBatch: MAX_BATCH, maxWaitMs: GATHER_MS, handle, log });
  });

  return {
    stop: async () => {
      stopping.abort();
      await started;
      loop?.stop();
      await loop?.drained();
    },
  };
}

/**
 * Writes what a batch holds; in any order and as often as one likes. Teams and jobs that are deleted stay so. Throws when
 * it is not durable.
 */
export async function projectBatch(
  { jobs, subjects, log }: Omit<ProjectorDeps, 'nc'>,
  batch: readonly JobMessage[],
): Promise<void> {
  const events: ProjectedEvent[] = [];
  for (const message of batch) {
    const event = eventOf(subjects, message);
    if (!('malformed' in event)) events.push(event);
    else {
      const { subject, sequence } = message;
      log.error(
        { subject, sequence, reason: event.malformed },
        'a message is no event of a job: passed over',
      );
    }
  }
  const teamIds = new Set(events.map(({ teamId }) => teamId));
  const deleted = await deletedAmong(deletedTeamsCollection(jobs.db), [...teamIds]);
  const wanted = deleted.size === 0 ? events : events.filter(({ teamId }) => !deleted.has(teamId));
  await writeUpdates(jobs, decideUpdates(wanted), log);
  for (const { teamId, jobId, event } of wanted) {
    if (event.type !== 'requested') continue;
    const { requestId, traceId, retryOf } = event.data;
    if (retryOf !== undefined) await noteRetried(jobs, { teamId, jobId: retryOf, retriedAs: jobId });
    log.debug({ requestId, traceId, jobId }, 'the job is in the index');
  }
}
