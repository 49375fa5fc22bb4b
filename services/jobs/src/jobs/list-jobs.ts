import { AppError, foldJob, type Job, type listJobs } from '@sluice/contracts';
import { type Filter, MongoError } from 'mongodb';
import type { z } from 'zod';
import { eventsIn, type JobCollection, type JobDocument } from './job-document.ts';
import { decodeCursor, encodeCursor } from './list-cursor.ts';
import { bytesOf, REPLY_BYTES } from './reply-limit.ts';

type Query = z.output<typeof listJobs.request>['query'];
type Page = z.output<typeof listJobs.reply>;
type Listed = Pick<JobDocument, '_id' | 'events' | 'createdAt'>;

const LIST_BOUND_MS = 4_000;
/** Room for the cursor and the reply's own braces. */
const PAGE_BYTES = REPLY_BYTES - 1_000;
const READ_AHEAD = 50;

/**
 * Answers `jobs-api.list` from the index alone. A page whose jobs would not fit one message ends early, with the
 * cursor of what follows. Throws AppError `validation_failed` for a bad cursor, `unavailable` without MongoDB.
 */
export async function answerList(
  { jobs }: { jobs: JobCollection },
  { teamId, query }: z.output<typeof listJobs.request>,
): Promise<Page> {
  const found = jobs
    .find(filterOf(teamId, query), {
      sort: { createdAt: -1, _id: -1 },
      batchSize: Math.min(query.limit + 1, READ_AHEAD),
      timeoutMS: LIST_BOUND_MS,
    })
    .project<Listed>({ events: 1, createdAt: 1 });
  try {
    return await pageOf(found, query.limit);
  } catch (cause) {
    if (!(cause instanceof MongoError)) throw cause;
    throw new AppError('unavailable', 'The jobs cannot be listed at the moment; try again.', { cause });
  } finally {
    await found.close().catch(() => undefined);
  }
}

async function pageOf(found: AsyncIterable<Listed>, limit: number): Promise<Page> {
  const items: Job[] = [];
  let bytes = 0;
  let nextCursor: string | null = null;
  let last: string | null = null;
  for await (const document of found) {
    const job = foldJob(eventsIn(document));
    if (!job) continue;
    bytes += bytesOf(job) + 1;
    if (items.length === limit || (bytes > PAGE_BYTES && items.length > 0)) {
      nextCursor = last;
      break;
    }
    items.push(bytes > PAGE_BYTES ? { ...job, result: null } : job);
    last = encodeCursor({ createdAt: document.createdAt ?? new Date(0), jobId: document._id });
  }
  return { items, nextCursor };
}

/** In the collection's own terms. */
export function filterOf(teamId: string, query: Query): Filter<JobDocument> {
  const { status, kind, profile, requestId, from, to, cursor } = query;
  const before = cursor === undefined ? undefined : decodeCursor(cursor);
  return {
    teamId,
    ...(status && { 'state.status': status }),
    ...(kind && { kind }),
    ...(profile && { aiProfileId: profile }),
    ...(requestId !== undefined && { requestId }),
    // A bound is always there: it leaves out what has no command yet.
    createdAt: {
      $gte: from ? new Date(from) : new Date(0),
      ...(to && { $lt: new Date(to) }),
      ...(before && { $lte: before.createdAt }),
    },
    ...(before && {
      $or: [{ createdAt: { $lt: before.createdAt } }, { _id: { $lt: before.jobId } }],
    }),
  };
}
