import type { NatsConnection } from '@nats-io/nats-core';
import { pullWithCredits } from './credits.ts';
import type { Delivery, HeldDelivery } from './delivery.ts';
import { keepLeases } from './leases.ts';
import type { Log } from './log.ts';

export type PullLoopOptions = {
  readonly stream: string;
  readonly consumer: string;
  /** How many messages are handled at once; no more are ever asked for. */
  readonly slots: number;
  /** At most the consumer's ack_wait, in milliseconds. */
  readonly leaseMs: number;
  /** Must ack, nak or term. What it throws is reported, and the message given back. */
  readonly handle: (delivery: Delivery) => Promise<void>;
  readonly onError?: (error: unknown, delivery: Delivery) => void;
  readonly log?: Log;
  /** Of a pull, in milliseconds. Defaults 30,000 and 5,000. */
  readonly expiresMs?: number;
  readonly heartbeatMs?: number;
};

export type PullLoop = {
  readonly held: number;
  /** No more pulls. What comes later is given back at once. */
  stop(): void;
  /** Resolves when the loop was stopped, every handler has ended and what they answered has left. */
  drained(): Promise<void>;
};

/**
 * Handles a consumer's messages, `slots` at a time, each under a lease that is kept while its handler runs. The
 * rules are those of "Pulling" in architecture.md. Survives reconnects and server restarts.
 */
export const startPullLoop = (nc: NatsConnection, options: PullLoopOptions): PullLoop => {
  const { handle, leaseMs, log, slots, ...pull } = options;
  const drained = Promise.withResolvers<void>();
  let stopped: Promise<void> | undefined;

  const report = (error: unknown, held: HeldDelivery): void => {
    if (options.onError) options.onError(error, held);
    else
      log?.error({ err: error, subject: held.subject, sequence: held.sequence }, 'handling a message failed');
  };
  const leases = keepLeases(nc, {
    leaseMs,
    onLost: ({ subject, sequence }) => log?.warn({ subject, sequence }, 'the lease of a message was lost'),
  });

  const run = async (held: HeldDelivery): Promise<void> => {
    try {
      await handle(held);
      if (!held.settled && !held.lost) report(new Error('the handler gave no answer for its message'), held);
    } catch (error) {
      report(error, held);
    }
    held.nak();
    leases.release(held);
    credits.release(1);
    finishWhenIdle();
  };
  const credits = pullWithCredits(nc, {
    ...pull,
    log,
    credits: slots,
    onMessage: (msg) => void run(leases.hold(msg)),
  });
  const finishWhenIdle = (): void => {
    if (!stopped || credits.held > 0) return;
    leases.close();
    drained.resolve(stopped.then(() => nc.flush()).catch(() => undefined));
  };

  return {
    get held() {
      return credits.held;
    },
    stop: () => {
      stopped ??= credits.stop();
      finishWhenIdle();
    },
    drained: () => drained.promise,
  };
};
