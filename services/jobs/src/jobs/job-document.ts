import type { JobEvent, JobEventName, JobStatus, Priority } from '@sluice/contracts';
import type { Collection, Db } from 'mongodb';

/**
 * How far a job has come. MongoDB compares embedded documents field by field, so that `$max` keeps the right one
 * whatever order they arrive in: a finished job (rank 1) before any other, then the later event. Rank 2 is a tombstone.
 */
export type JobState = { rank: 0 | 1 | 2; sequence: number; status: JobStatus | 'deleted' };

/** The fields that come from the command, absent until it was projected. */
export type RequestedFields = {
  kind: string;
  priority: Priority;
  aiProfileId: string;
  requestId: string;
  createdAt: Date;
  /** When the job must have ended. */
  endsBy: Date;
  retryOf?: string;
};

/** What is left of a job that was deleted: without it a late event would bring the job back. */
export type Tombstone = {
  deletedAt: Date;
  /** When what may have turned up since is looked for; absent once that is over. */
  sweepAt?: Date;
  /** By then the stream has nothing of the job that could be projected, and MongoDB removes the document. */
  expireAt: Date;
};

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
  /** By stream sequence; without the command's input. A tombstone has none. */
  events?: Record<string, { type: JobEventName; data: string }>;
  /** The command's input, absent where it was stored by reference. */
  input?: string;
  /** A new job that repeats this one; the first of them, or the last. */
  retriedAs?: string;
} & Partial<RequestedFields> &
  Partial<Tombstone>;

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
    { key: { teamId: 1, requestId: 1, createdAt: -1, _id: -1 } },
    { key: { teamId: 1, kind: 1, createdAt: -1, _id: -1 } },
    { key: { teamId: 1, aiProfileId: 1, createdAt: -1, _id: -1 } },
    {
      name: 'queued',
      key: { teamId: 1, priority: 1, createdAt: 1, _id: 1 },
      partialFilterExpression: { 'state.status': 'queued' },
    },
    { name: 'unfinished', key: { endsBy: 1 }, partialFilterExpression: { 'state.rank': 0 } },
    { name: 'tombstones', key: { sweepAt: 1 }, sparse: true },
    { key: { expireAt: 1 }, expireAfterSeconds: 0, sparse: true },
  ]);
}

/** The events of a document. They were checked before they were written. */
export function eventsIn({ events = {} }: Pick<JobDocument, 'events'>): JobEvent[] {
  return Object.entries(events).map(
    ([sequence, { type, data }]) =>
      ({ sequence: Number(sequence), type, data: JSON.parse(data) }) as JobEvent,
  );
}
