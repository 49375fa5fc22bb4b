import type { Log, NatsConnection } from '@sluice/messaging';
import type { OutboxEntry, OutboxRepository } from './outbox-repository.ts';
import { publishEntry } from './publish-entry.ts';

export type AuditDeps = { outbox: OutboxRepository; nc: NatsConnection; log: Log; now: () => Date };

/**
 * A change that is not confirmed after this time belongs to a process that ended, in milliseconds. Should it be slow
 * instead, its `done` follows and outweighs the `unknown`.
 */
export const ABANDONED_MS = 60_000;
const BATCH = 100;
const PUBLISH_MS = 2_000;

/**
 * Publishes what the outbox holds and nobody has in hand, until it is empty or a store does not answer. Several
 * replicas may do so at once: an entry that both publish is one to the stream and to its readers.
 */
export async function sweepOutbox(
  { outbox, nc, log, now }: AuditDeps,
  inHand: ReadonlySet<string> = new Set(),
  signal?: AbortSignal,
): Promise<void> {
  const publish = async ({ entry, state }: OutboxEntry) => {
    const outcome = state === 'done' ? 'done' : 'unknown';
    await publishEntry(nc, { ...entry, outcome }, PUBLISH_MS);
    await outbox.remove(entry.id, state);
    if (outcome === 'unknown') {
      const { id: entryId, teamId, action, requestId } = entry;
      log.warn({ entryId, teamId, action, requestId }, 'whether this change was made is not known');
    }
  };
  try {
    for (;;) {
      const found = await outbox.left(new Date(now().getTime() - ABANDONED_MS), BATCH);
      const left = found.filter(({ entry }) => !inHand.has(entry.id));
      if (left.length === 0) return;
      for (const one of left) {
        if (signal?.aborted) return;
        await publish(one);
      }
      if (found.length < BATCH) return;
    }
  } catch (error) {
    if (!signal?.aborted) log.warn({ err: error }, 'the audit outbox could not be emptied; trying again');
  }
}
