import type { JobEvent, JobEventName, JobStatus } from '@sluice/contracts';
import type { Collection, Db } from 'mongodb';

/**
 * How far a job has come. MongoDB compares embedded documents field by field, so that `$max` keeps the right one
 * whatever order they arrive in: a finished job (rank 1) before any other, then the later event.
 */
export type JobState = { rank: 0 | 1; sequence: number; status: JobStatus };

/** The fields that come from the command, absent until it was projected. */
export type RequestedFields = { kind: string; aiProfileId: string; requestId: string; createdAt: Date };

/**
 * One job. Bodies are kept as the JSON text that was published: JSON allows what BSON does not (NUL in names, any
 * depth, names that begin with `$`), nothing that a later version adds is lost, and MongoDB need not walk them.
 */
export type JobDocument = {
  _id: string;
  teamId: string;
  state: JobState;
  /** The newest event that is in here, as its stream sequence. */
  lastSequence: number;
  /** By stream sequence; without the command's input. */
  events: Record<string, { type: JobEventName; data: string }>;
  /** The command's input, absent where it was stored by reference. */
  input?: string;
} & Partial<RequestedFields>;

export type JobCollection = Collection<JobDocument>;

export function jobsCollection(db: Db): JobCollection {
  return db.collection<JobDocument>('jobs');
}

/** Connects, and makes what the queries need; harmless when it is there. Throws the driver's error. */
export async function ensureIndexes(jobs: JobCollection): Promise<void> {
  // A client whose first connection failed stays closed until it is told to connect once more.
  await jobs.db.client.connect();
  await jobs.createIndexes([
    { key: { teamId: 1, createdAt: -1, _id: -1 } },
    { key: { teamId: 1, 'state.status': 1, createdAt: -1, _id: -1 } },
    { key: { teamId: 1, requestId: 1 } },
  ]);
}

/** The events of a document. They were checked before they were written. */
export function eventsIn({ events }: Pick<JobDocument, 'events'>): JobEvent[] {
  return Object.entries(events).map(
    ([sequence, { type, data }]) =>
      ({ sequence: Number(sequence), type, data: JSON.parse(data) }) as JobEvent,
  );
}
