import type { WithoutId } from 'mongodb';
import type { JobDocument } from './job-document.ts';

/** Who deletes a job removes the rest of it at once; where that died in the middle it is taken up after this long. */
const TAKEN_UP_MS = 60_000;
/** Longer than the stream (24 h) and whatever a projector holds of it. */
const KEPT_MS = 26 * 3600 * 1000;

/** The document of a job that was deleted: nothing of what it was. */
export function tombstoneOf(
  teamId: string,
  { sequence, deletedAt }: { sequence: number; deletedAt: Date },
): WithoutId<JobDocument> {
  const after = (ms: number): Date => new Date(deletedAt.getTime() + ms);
  return {
    teamId,
    state: { rank: 2, sequence, status: 'deleted' },
    lastSequence: sequence,
    deletedAt,
    sweepAt: after(TAKEN_UP_MS),
    expireAt: after(KEPT_MS),
  };
}
