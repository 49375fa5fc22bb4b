import type { AuditEntry } from '@sluice/contracts';
import type { Collection, Db } from 'mongodb';

/** One entry of the audit log; `at` is a date so that MongoDB can order and bound it. */
export type AuditDocument = Omit<AuditEntry, 'id' | 'at' | 'v'> & { _id: string; at: Date };
export type AuditCollection = Collection<AuditDocument>;

export function auditCollection(db: Db): AuditCollection {
  return db.collection<AuditDocument>('audit', { ignoreUndefined: true });
}

/** Connects, and makes what the query needs; harmless when it is there. Throws the driver's error. */
export async function ensureAuditIndexes(audit: AuditCollection): Promise<void> {
  await audit.db.client.connect();
  await audit.createIndex({ teamId: 1, at: -1, _id: -1 });
}

export function documentOf({ id, at, v: _, ...rest }: AuditEntry): AuditDocument {
  return { _id: id, ...rest, at: new Date(at) };
}
