import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, cancelJob } from '@sluice/contracts';
import { call } from '@sluice/messaging';
import type { GatewayDeps } from '../deps.ts';

const TRIES = 5;
const TRY_MS = 2_000;
const PAUSE_MS = 500;

/**
 * Ends a job whose client asked for it to end with the connection (`onDisconnect: "cancel"`), and left. Never throws:
 * nobody is there to be told. When jobs is away for longer than some seconds the job goes on to its own end.
 */
export async function cancelAbandoned(
  { nc, log }: Pick<GatewayDeps, 'nc' | 'log'>,
  { teamId, jobId, requestId }: { teamId: string; jobId: string; requestId: string },
): Promise<void> {
  for (let tried = 1; ; tried += 1) {
    try {
      await call(nc, cancelJob, { teamId, jobId }, { requestId, timeoutMs: TRY_MS });
      log.info({ jobId, requestId }, 'cancelled: its client has left');
      return;
    } catch (error) {
      // It had ended already.
      if (error instanceof AppError && error.code === 'conflict') return;
      if (tried === TRIES || nc.isClosed()) {
        log.warn({ err: error, jobId, requestId }, 'a job whose client has left could not be cancelled');
        return;
      }
      await sleep(PAUSE_MS * tried, undefined, { ref: false });
    }
  }
}
