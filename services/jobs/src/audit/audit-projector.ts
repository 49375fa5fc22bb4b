import { AUDIT_STREAM, type AuditEntry, auditEntrySchema, CONSUMERS } from '@sluice/contracts';
import { type BatchLoop, jsonOf, type Log, type NatsConnection, startBatchLoop } from '@sluice/messaging';
import type { AnyBulkWriteOperation } from 'mongodb';
import { untilIndexed } from '../until-indexed.ts';
import {
  type AuditCollection,
  type AuditDocument,
  documentOf,
  ensureAuditIndexes,
} from './audit-document.ts';

type AuditMessage = { readonly subject: string; readonly sequence: number; readonly data: Uint8Array };
export type AuditProjectorDeps = { nc: NatsConnection; audit: AuditCollection; log: Log };

const MAX_BATCH = 200;
const GATHER_MS = 5;
const WRITE_BOUND_MS = 10_000;

/** Writes the stream of the audit log into MongoDB until it is stopped; waits for MongoDB, at the start and later. */
export function startAuditProjector(deps: AuditProjectorDeps): { stop(): Promise<void> } {
  const { nc, audit, log } = deps;
  const stopping = new AbortController();
  let loop: BatchLoop | undefined;
  const started = untilIndexed(() => ensureAuditIndexes(audit), log, stopping.signal).then(() => {
    if (stopping.signal.aborted) return;
    loop = startBatchLoop(nc, {
      stream: AUDIT_STREAM,
      consumer: CONSUMERS.auditProjector,
      maxBatch: MAX_BATCH,
      maxWaitMs: GATHER_MS,
      handle: (batch) => projectEntries(deps, batch),
      log,
    });
  });
  return {
    stop: async () => {
      stopping.abort();
      await started;
      loop?.stop();
      await loop?.drained();
    },
  };
}

/**
 * Writes what a batch holds; in any order and as often as one likes. What is no entry is logged with subject and
 * sequence, and passed over. Throws when it is not durable.
 */
export async function projectEntries(
  { audit, log }: Omit<AuditProjectorDeps, 'nc'>,
  batch: readonly AuditMessage[],
): Promise<void> {
  const entries: AuditEntry[] = [];
  for (const message of batch) {
    const entry = entryOf(message);
    if (entry) entries.push(entry);
    else {
      const { subject, sequence } = message;
      log.error({ subject, sequence }, 'a message is no entry of the audit log: passed over');
    }
  }
  if (entries.length === 0) return;
  await audit.bulkWrite(entries.map(operationOf), {
    ordered: false,
    writeConcern: { w: 'majority', journal: true },
    timeoutMS: WRITE_BOUND_MS,
  });
}

/** The subject says whose it is: a body that names another team is refused. */
function entryOf({ subject, data }: AuditMessage): AuditEntry | undefined {
  try {
    const parsed = auditEntrySchema.safeParse(jsonOf(data));
    return parsed.success && subject.split('.')[1] === parsed.data.teamId ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

// `done` is the last word on an entry: an `unknown` is written only where nothing stands yet.
function operationOf(entry: AuditEntry): AnyBulkWriteOperation<AuditDocument> {
  const { _id, ...fields } = documentOf(entry);
  const filter = { _id, teamId: entry.teamId };
  const { teamId: _, ...rest } = fields;
  const update = entry.outcome === 'done' ? { $set: rest } : { $setOnInsert: rest };
  return { updateOne: { filter, update, upsert: true } };
}
