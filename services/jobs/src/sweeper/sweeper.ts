import { setTimeout as sleep } from 'node:timers/promises';
import { LOCK_TTL_MS, LOCKS_STREAM, lockSubject, newId } from '@sluice/contracts';
import { createLock } from '@sluice/messaging';
import { sweepDeletedJobs } from './sweep-deleted-jobs.ts';
import { type SweepDeps, sweepOverdue } from './sweep-overdue.ts';

const SWEEP_INTERVAL_MS = 1_000;

/**
 * Sweeps once a second while this replica holds the lock, until it is stopped. When the holder dies another one goes on
 * within LOCK_TTL_MS; who cannot sweep, since MongoDB is away from it, gives the lock up and waits.
 */
export function startSweeper(deps: SweepDeps): { stop(): Promise<void> } {
  const { nc, log } = deps;
  const holder = newId();
  const subject = lockSubject('sweeper');
  const lock = createLock(nc, { stream: LOCKS_STREAM, subject, holder, ttlMs: LOCK_TTL_MS });
  const stopping = new AbortController();
  const { signal } = stopping;
  let sweeping = false;
  let failing = false;

  const sweepOnce = async (): Promise<void> => {
    const mine = await lock.hold();
    if (mine !== sweeping) log.info({ holder }, mine ? 'sweeping' : 'another replica sweeps');
    sweeping = mine;
    if (!mine) return;
    try {
      await sweepOverdue(deps);
      await sweepDeletedJobs(deps);
      failing = false;
    } catch (error) {
      if (!failing) log.warn({ err: error }, 'jobs cannot be swept at the moment; trying again');
      failing = true;
      await lock.release();
    }
  };
  const loop = (async () => {
    while (!signal.aborted) {
      await sweepOnce().catch((error: unknown) => log.error({ err: error }, 'a sweep failed'));
      await sleep(SWEEP_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
    await lock.release();
  })();

  return {
    stop: () => {
      stopping.abort();
      return loop;
    },
  };
}
