import { AppError } from '@sluice/contracts';
import {
  type Db,
  MongoClient,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb';

/** A caller gives up after 5 s: the answer "unavailable" must come before. */
const SERVER_SELECTION_MS = 3_000;
const MONGODB_FLOOR = 6;
const DUPLICATE_KEY = 11_000;

/** Connects to MongoDB. Throws AppError `unavailable` when it does not answer or is older than 6. */
export async function connectDatabase(
  url: string,
  caFile?: string,
): Promise<{ db: Db; close: () => Promise<void> }> {
  const client = new MongoClient(url, {
    appName: 'sluice-auth',
    ...(caFile ? { tls: true, tlsCAFile: caFile } : {}),
    serverSelectionTimeoutMS: SERVER_SELECTION_MS,
    connectTimeoutMS: SERVER_SELECTION_MS,
    // A standalone mongod acknowledges before its journal is on disk unless asked: killed within the next
    // 100 ms, it had lost an account whose owner held a session.
    writeConcern: { w: 'majority', journal: true },
  });
  try {
    await client.connect();
    const { version } = await client.db().admin().serverInfo();
    if (Number.parseInt(String(version), 10) < MONGODB_FLOOR) {
      throw new AppError('unavailable', `MongoDB is ${version}; ${MONGODB_FLOOR} or newer is needed`);
    }
  } catch (cause) {
    await client.close();
    if (cause instanceof AppError) throw cause;
    throw new AppError('unavailable', 'MongoDB at DATABASE_URL does not answer', { cause });
  }
  return { db: client.db(), close: () => client.close() };
}

/** Whether an error says that MongoDB is away for now, rather than that a query is wrong. */
export function isDatabaseAway(error: unknown): boolean {
  return (
    error instanceof MongoServerSelectionError ||
    error instanceof MongoNetworkError ||
    (error instanceof MongoServerError && error.hasErrorLabel('RetryableWriteError'))
  );
}

/** Whether a unique index refused a write. */
export function isDuplicate(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === DUPLICATE_KEY;
}
