import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '@sluice/contracts';
import type { Audit, AuditedChange } from './audit.ts';
import type { IntendedEntry } from './outbox-repository.ts';
import { publishEntry } from './publish-entry.ts';
import { type AuditDeps, sweepOutbox } from './sweep-outbox.ts';

/** A change waits this long for the stream, in milliseconds; then the outbox keeps its entry. */
const PUBLISH_MS = 1_000;
const SWEEP_INTERVAL_MS = 5_000;

/** The audit log of this replica, and the loop that publishes what the outbox still holds. */
export function startAudit(deps: AuditDeps): { audit: Audit; stop(): Promise<void> } {
  const { outbox, nc, log, now } = deps;
  const stopping = new AbortController();
  /** Entries whose change is being made here: not for this replica's sweeper. */
  const inHand = new Set<string>();
  const clearing = new Set<Promise<void>>();

  const audit: Audit = async (change, make) => {
    const entry = entryOf(change, now());
    inHand.add(entry.id);
    try {
      await outbox.intend(entry, now());
      const result = await orTakeBack(entry, make);
      await keep(entry);
      return result;
    } finally {
      inHand.delete(entry.id);
    }
  };

  const orTakeBack = async <Result>(entry: IntendedEntry, make: () => Promise<Result>): Promise<Result> => {
    try {
      return await make();
    } catch (error) {
      // Left behind, it shows as unknown, which is true as well: the change's own error is what counts.
      await outbox.remove(entry.id).catch((cause: unknown) => {
        log.warn({ err: cause, entryId: entry.id }, 'the entry of a change that failed could not be removed');
      });
      throw error;
    }
  };

  /** The change has happened: from here on nothing may fail its caller. */
  const keep = async (entry: IntendedEntry): Promise<void> => {
    try {
      await publishEntry(nc, { ...entry, outcome: 'done' }, PUBLISH_MS);
    } catch (cause) {
      log.warn({ err: cause, entryId: entry.id }, 'an audit entry waits in the outbox');
      await outbox.confirm(entry, now()).catch((error: unknown) => {
        log.error(
          { err: error, entryId: entry.id },
          'a change is done, and its audit entry will say unknown',
        );
      });
      return;
    }
    // Nobody waits for it; should it fail, the sweeper publishes `unknown`, which `done` outweighs.
    const cleared = outbox
      .remove(entry.id)
      .catch((error: unknown) => log.warn({ err: error, entryId: entry.id }, 'the outbox was not cleared'))
      .finally(() => clearing.delete(cleared));
    clearing.add(cleared);
  };

  const sweeping = (async () => {
    while (!stopping.signal.aborted) {
      await sweepOutbox(deps, inHand, stopping.signal);
      await sleep(SWEEP_INTERVAL_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();

  return {
    audit,
    stop: async () => {
      stopping.abort();
      await Promise.all([sweeping, ...clearing]);
    },
  };
}

function entryOf(change: AuditedChange, at: Date): IntendedEntry {
  const { teamId, action, target, details, requestId } = change;
  return {
    v: 1,
    id: newId(),
    at: at.toISOString(),
    teamId,
    action,
    actor: actorOf(change),
    target,
    requestId,
    ...(details && { details }),
  };
}

function actorOf({ actor }: AuditedChange): IntendedEntry['actor'] {
  if (actor === 'operator') return actor;
  const { teamId: _, ...who } = actor;
  return who;
}
