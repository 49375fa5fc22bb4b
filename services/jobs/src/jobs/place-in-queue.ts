import type { Job } from '@sluice/contracts';
import type { JobCollection } from './job-document.ts';

/** Counting is a walk along the index: 1,000 entries are a millisecond. */
const FARTHEST = 1_000;
const COUNT_BOUND_MS = 500;

/**
 * The place of a queued job among its team's queued jobs of its priority, 1 the next; what was accepted a moment ago may
 * not be counted yet. Null above 1,000, and when MongoDB does not say in half a second. Other teams' jobs are not
 * counted: they have their own turns, and it is not this team's business how many there are.
 */
export async function placeOf(
  { jobs }: { jobs: JobCollection },
  teamId: string,
  { id, priority, createdAt }: Job,
): Promise<number | null> {
  const at = new Date(createdAt);
  const before = await jobs
    .countDocuments(
      {
        ...{ teamId, priority, 'state.status': 'queued', createdAt: { $lte: at } },
        $or: [{ createdAt: { $lt: at } }, { _id: { $lt: id } }],
      },
      { limit: FARTHEST, timeoutMS: COUNT_BOUND_MS },
    )
    .catch(() => FARTHEST);
  return before < FARTHEST ? before + 1 : null;
}
