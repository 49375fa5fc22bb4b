import { AppError, type exportJobs, foldJob } from '@sluice/contracts';
import { MongoError } from 'mongodb';
import type { z } from 'zod';
import { eventsIn, type JobCollection } from '../jobs/job-document.ts';
import { decodeCursor, encodeCursor } from '../jobs/list-cursor.ts';
import { bytesOf, REPLY_BYTES } from '../jobs/reply-limit.ts';

type Page = z.input<typeof exportJobs.reply>;

/** Room for the cursor and the reply's own braces. */
const PAGE_BYTES = REPLY_BYTES - 1_000;

/** Answers `jobs-api.export`. A page ends where the next job would not fit one message. */
export async function answerExport(
  { jobs }: { jobs: JobCollection },
  { teamId, cursor }: z.output<typeof exportJobs.request>,
): Promise<Page> {
  const before = cursor === undefined ? undefined : decodeCursor(cursor);
  const older = before && {
    $or: [
      { createdAt: { $lt: before.createdAt } },
      { createdAt: before.createdAt, _id: { $lt: before.jobId } },
    ],
  };
  const found = jobs.find(
    { teamId, createdAt: { $exists: true }, ...older },
    { sort: { createdAt: -1, _id: -1 }, batchSize: 20 },
  );
  const items: Page['items'] = [];
  let bytes = 0;
  let last: string | null = null;
  try {
    for await (const document of found) {
      const events = eventsIn(document);
      const job = foldJob(events);
      if (!job) continue;
      const requested = events.find((event) => event.type === 'requested');
      const finished = events.find((event) => event.type === 'finished');
      const { inputRef } = requested?.data ?? {};
      const { resultRef } = finished?.data ?? {};
      const item = {
        job,
        ...(document.input !== undefined && { input: JSON.parse(document.input) as unknown }),
        ...(inputRef && { inputRef }),
        ...(resultRef && { resultRef }),
      };
      bytes += bytesOf(item) + 1;
      if (bytes > PAGE_BYTES && items.length > 0) return { items, nextCursor: last };
      items.push(item);
      last = encodeCursor({ createdAt: document.createdAt ?? new Date(0), jobId: document._id });
    }
    return { items, nextCursor: null };
  } catch (cause) {
    if (!(cause instanceof MongoError)) throw cause;
    throw new AppError('unavailable', 'The jobs cannot be read at the moment; try again.', { cause });
  } finally {
    await found.close().catch(() => undefined);
  }
}
