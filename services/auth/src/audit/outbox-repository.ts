import type { AuditEntry } from '@sluice/contracts';
import type { Db } from 'mongodb';

/** An entry without what became of its change. */
export type IntendedEntry = Omit<AuditEntry, 'outcome'>;

/** An entry on its way into the audit log. `intended`: its change is not known to have happened. */
export type OutboxEntry = { readonly entry: IntendedEntry; readonly state: 'intended' | 'done' };

/** What is not in the stream of the audit log yet. */
export type OutboxRepository = {
  ensureIndexes(): Promise<void>;
  /** On a majority's disks when it resolves. */
  intend(entry: IntendedEntry, at: Date): Promise<void>;
  /** Makes it `done`; puts it back when somebody has published it as unknown meanwhile. */
  confirm(entry: IntendedEntry, at: Date): Promise<void>;
  /** Only in this state: what was confirmed meanwhile stays. */
  remove(entryId: string, state?: OutboxEntry['state']): Promise<void>;
  /** Those whose change is done, and those intended before a moment; oldest first. */
  left(intendedBefore: Date, limit: number): Promise<OutboxEntry[]>;
};

type OutboxDocument = { _id: string; entry: IntendedEntry; state: OutboxEntry['state']; at: Date };

export function outboxRepository(db: Db): OutboxRepository {
  const outbox = db.collection<OutboxDocument>('auditOutbox', {
    // Said here too, whatever the connection's default: the order of this write and the change's is the whole point.
    writeConcern: { w: 'majority', journal: true },
    // An absent field must come back absent.
    ignoreUndefined: true,
  });
  return {
    async ensureIndexes() {
      await outbox.createIndex({ at: 1 });
    },
    async intend(entry, at) {
      await outbox.insertOne({ _id: entry.id, entry, state: 'intended', at });
    },
    async confirm(entry, at) {
      await outbox.updateOne(
        { _id: entry.id },
        { $set: { state: 'done' }, $setOnInsert: { entry, at } },
        { upsert: true },
      );
    },
    async remove(entryId, state) {
      await outbox.deleteOne({ _id: entryId, ...(state && { state }) });
    },
    async left(intendedBefore, limit) {
      const found = await outbox
        .find({ $or: [{ state: 'done' }, { at: { $lt: intendedBefore } }] }, { sort: { at: 1 }, limit })
        .toArray();
      return found.map(({ entry, state }) => ({ entry, state }));
    },
  };
}
