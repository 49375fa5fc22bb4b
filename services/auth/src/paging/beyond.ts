import type { PagePosition } from './decide-page.ts';

/** The filter of the next page of a list that is sorted by `createdAt` and `_id`, newest first. */
export function olderThan(after: PagePosition | null) {
  if (!after) return {};
  const { createdAt, id } = after;
  return { createdAt: { $lte: createdAt }, $or: [{ createdAt: { $lt: createdAt } }, { _id: { $lt: id } }] };
}

/** The same where the oldest comes first, and another field tells apart what was made at one moment. */
export function laterThan(after: PagePosition | null, idField: 'userId' | 'teamId') {
  if (!after) return {};
  const { createdAt, id } = after;
  return {
    createdAt: { $gte: createdAt },
    $or: [{ createdAt: { $gt: createdAt } }, { [idField]: { $gt: id } }],
  };
}
