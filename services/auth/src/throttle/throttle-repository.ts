import type { Db } from 'mongodb';

type StoredCount = { _id: string; count: number; expiresAt: Date };
type StoredAddress = { _id: string; expiresAt: Date };

/** Attempts by key and window, and what stays remembered of keys: shared by all replicas. */
export type ThrottleRepository = {
  ensureIndexes(): Promise<void>;
  /** Counts one more; returns how many there are now. */
  count(key: string, window: { start: number; end: Date }): Promise<number>;
  remember(key: string, until: Date): Promise<void>;
  isRemembered(key: string, now: Date): Promise<boolean>;
};

export function throttleRepository(db: Db): ThrottleRepository {
  // A count that a crash takes back is no loss: it need not wait for the journal.
  const options = { writeConcern: { w: 1, journal: false } };
  const counts = db.collection<StoredCount>('attempts', options);
  const known = db.collection<StoredAddress>('knownAddresses', options);
  return {
    async ensureIndexes() {
      const expiry = [{ key: { expiresAt: 1 }, expireAfterSeconds: 0 }] as const;
      await Promise.all([counts.createIndexes([...expiry]), known.createIndexes([...expiry])]);
    },
    async count(key, { start, end }) {
      const after = await counts.findOneAndUpdate(
        { _id: `${key}:${start}` },
        { $inc: { count: 1 }, $setOnInsert: { expiresAt: end } },
        { upsert: true, returnDocument: 'after' },
      );
      return after?.count ?? 1;
    },
    async remember(key, until) {
      await known.updateOne({ _id: key }, { $max: { expiresAt: until } }, { upsert: true });
    },
    async isRemembered(key, now) {
      return (await known.findOne({ _id: key, expiresAt: { $gt: now } })) !== null;
    },
  };
}
