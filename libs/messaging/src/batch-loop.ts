import type { NatsConnection } from '@nats-io/nats-core';
import { pullWithCredits } from './credits.ts';
import type { Delivery, HeldDelivery } from './delivery.ts';
import { keepLeases } from './leases.ts';
import type { Log } from './log.ts';

export type BatchLoopOptions = {
  readonly stream: string;
  readonly consumer: string;
  readonly maxBatch: number;
  /** How long the first message of a batch waits for others, in milliseconds. */
  readonly maxWaitMs: number;
  /** Called with one batch at a time. All are acked when it resolves, all given back when it throws. */
  readonly handle: (batch: Delivery[]) => Promise<void>;
  readonly log?: Log;
  /** At most the consumer's ack_wait, in milliseconds. Default 30,000. */
  readonly leaseMs?: number;
  /** Of a pull, in milliseconds. Defaults 30,000 and 5,000. */
  readonly expiresMs?: number;
  readonly heartbeatMs?: number;
};

export type BatchLoop = {
  readonly held: number;
  /** No more pulls; what is gathered but not yet being handled is given back. */
  stop(): void;
  /** Resolves when the loop was stopped and the batch in hand is answered. */
  drained(): Promise<void>;
};

const LEASE_MS = 30_000;
const PAUSE_MS = { first: 100, most: 10_000 } as const;

/**
 * Handles a consumer's messages in batches, one batch after the other, in the order delivered. While one is handled
 * the next is gathered. After a failure it waits from 0.1 s to 10 s, growing, before the next.
 */
export const startBatchLoop = (nc: NatsConnection, options: BatchLoopOptions): BatchLoop => {
  const { handle, log, maxBatch, maxWaitMs, leaseMs = LEASE_MS, ...pull } = options;
  const drained = Promise.withResolvers<void>();
  let gathered: HeldDelivery[] = [];
  let handling = false;
  let pauseMs = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped: Promise<void> | undefined;
  const leases = keepLeases(nc, {
    leaseMs,
    onLost: ({ subject, sequence }) => log?.warn({ subject, sequence }, 'the lease of a message was lost'),
  });

  const give = (batch: HeldDelivery[], answer: 'ack' | 'nak'): void => {
    for (const held of batch) {
      if (answer === 'ack') void held.ack();
      else held.nak();
      leases.release(held);
    }
    credits.release(batch.length);
  };
  const plan = (): void => {
    if (handling || stopped || gathered.length === 0 || timer) return;
    const full = gathered.length >= maxBatch;
    timer = setTimeout(run, Math.max(pauseMs, full ? 0 : maxWaitMs));
  };
  const run = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const batch = gathered;
    gathered = [];
    handling = true;
    void answer(batch).finally(() => {
      handling = false;
      finishWhenIdle();
      plan();
    });
  };
  const answer = async (batch: HeldDelivery[]): Promise<void> => {
    try {
      await handle(batch);
      pauseMs = 0;
      give(batch, 'ack');
    } catch (error) {
      pauseMs = Math.min(PAUSE_MS.most, Math.max(PAUSE_MS.first, pauseMs * 2));
      log?.error({ err: error, messages: batch.length, pauseMs }, 'handling a batch failed');
      give(batch, 'nak');
    }
  };
  const credits = pullWithCredits(nc, {
    ...pull,
    log,
    credits: maxBatch,
    onMessage: (msg) => {
      gathered.push(leases.hold(msg));
      if (!handling && pauseMs === 0 && gathered.length >= maxBatch) run();
      else plan();
    },
  });
  const finishWhenIdle = (): void => {
    if (!stopped || handling) return;
    leases.close();
    drained.resolve(stopped.then(() => nc.flush()).catch(() => undefined));
  };

  return {
    get held() {
      return credits.held;
    },
    stop: () => {
      if (stopped !== undefined) return;
      stopped = credits.stop();
      clearTimeout(timer);
      give(gathered.splice(0), 'nak');
      finishWhenIdle();
    },
    drained: () => drained.promise,
  };
};
