import type { JobCollection } from './job-document.ts';

/** Writes onto a job that it has been retried, so that retrying many passes it over. Nothing else of it changes. */
export async function noteRetried(
  jobs: JobCollection,
  { teamId, jobId, retriedAs }: { teamId: string; jobId: string; retriedAs: string },
): Promise<void> {
  // A tombstone stays as it is.
  await jobs.updateOne({ _id: jobId, teamId, 'state.rank': { $lt: 2 } }, { $set: { retriedAs } });
}
