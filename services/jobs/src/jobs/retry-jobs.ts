import {
  AppError,
  commandSchema,
  RETRIED_AT_ONCE,
  type retriedJobsSchema,
  type retryJobs,
} from '@sluice/contracts';
import { type Filter, MongoError } from 'mongodb';
import type { z } from 'zod';
import { eventsIn, type JobDocument } from './job-document.ts';
import { noteRetried } from './note-retried.ts';
import { makeRetry, type RetryDeps, retryIdOf } from './retry-job.ts';

/** What one call may take, in milliseconds; who asks waits a little longer. */
const SHARE_MS = 6_000;
/** As long as the payloads bucket keeps an input. */
const OBJECTS_KEPT_MS = 24 * 3600 * 1000;
/** Read and published at a time: of inputs that may be 256 KB each. */
const AT_A_TIME = 16;

type Request = z.output<typeof retryJobs.request>;
type Retried = z.output<typeof retriedJobsSchema>;
type Candidate = Pick<JobDocument, '_id' | 'events' | 'input'>;

/** Answers `jobs-api.retry-many`. A page that is not full ends early when its time is over. Errors as there. */
export async function answerRetryMany(
  deps: RetryDeps,
  request: Request,
  requestId: string,
): Promise<z.input<typeof retryJobs.reply>> {
  const { teamId, filter } = request;
  const endsAt = performance.now() + SHARE_MS;
  const items: Retried['items'] = [];
  const found = deps.jobs
    .find(retriable(teamId, filter, deps.now()), {
      sort: { createdAt: -1, _id: -1 },
      batchSize: AT_A_TIME,
      timeoutMS: SHARE_MS,
    })
    .project<Candidate>({ events: 1, input: 1 });
  try {
    for (;;) {
      const group = await nextOf(found, Math.min(AT_A_TIME, RETRIED_AT_ONCE - items.length));
      if (group.length === 0) break;
      const made = await Promise.all(group.map((one) => retryOnce(deps, request, one, requestId)));
      items.push(...made.filter((item) => item !== null));
      if (items.length === RETRIED_AT_ONCE || performance.now() >= endsAt) break;
    }
    const more = await found.hasNext();
    return { count: items.length, items, more };
  } catch (cause) {
    // What was made stays made; the next call says what is in the way.
    if (items.length > 0) return { count: items.length, items, more: true };
    if (!(cause instanceof MongoError)) throw cause;
    throw new AppError('unavailable', 'The jobs cannot be retried at the moment; try again.', { cause });
  } finally {
    await found.close().catch(() => undefined);
  }
}

async function nextOf(found: { next(): Promise<Candidate | null> }, count: number): Promise<Candidate[]> {
  const group: Candidate[] = [];
  while (group.length < count) {
    const candidate = await found.next();
    if (!candidate) break;
    group.push(candidate);
  }
  return group;
}

/** The new job, or null for one that was retried before, or whose input has gone meanwhile. */
async function retryOnce(
  deps: RetryDeps,
  { teamId, userId, traceId, gatewayId }: Request,
  { _id: jobId, input, ...document }: Candidate,
  requestId: string,
): Promise<Retried['items'][number] | null> {
  const requested = eventsIn(document).find((event) => event.type === 'requested')?.data;
  if (!requested) return null;
  const id = retryIdOf(teamId, jobId);
  const note = () => noteRetried(deps.jobs, { teamId, jobId, retriedAs: id });
  // Of more than a day ago: the stream would take it for new.
  if (await deps.jobs.findOne({ _id: id }, { projection: { _id: 1 } })) {
    await note();
    return null;
  }
  const command = commandSchema.parse({
    ...requested,
    ...(input !== undefined && { input: JSON.parse(input) as unknown }),
  });
  try {
    const by = { userId, traceId, gatewayId, requestId };
    const made = await makeRetry(deps, command, by, { jobId: id });
    if (made) return { id, retryOf: jobId };
    await note();
    return null;
  } catch (error) {
    if (error instanceof AppError && error.code === 'conflict') return null;
    throw error;
  }
}

function retriable(teamId: string, filter: Request['filter'], now: Date): Filter<JobDocument> {
  const { status, kind, profile, requestId, from, to } = filter;
  return {
    ...{ teamId, 'state.status': status, retriedAs: { $exists: false } },
    ...(kind && { kind }),
    ...(profile && { aiProfileId: profile }),
    ...(requestId !== undefined && { requestId }),
    createdAt: { $gte: from ? new Date(from) : new Date(0), ...(to && { $lt: new Date(to) }) },
    $or: [{ input: { $exists: true } }, { createdAt: { $gte: new Date(now.getTime() - OBJECTS_KEPT_MS) } }],
  };
}
