import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@sluice/messaging';

const RETRY_MS = 1_000;

/** Makes indexes as soon as MongoDB takes them; also returns when the signal aborts first. */
export async function untilIndexed(
  ensureIndexes: () => Promise<unknown>,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await ensureIndexes();
      return;
    } catch (error) {
      log.warn({ err: error }, 'MongoDB does not take the indexes; trying again');
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
