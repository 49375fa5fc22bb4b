import type { Msg, NatsConnection } from '@nats-io/nats-core';
import { HeldDelivery } from './delivery.ts';

/** Keeps the leases of all messages that a loop holds. */
export type Leases = {
  /** Holds a message from now on. */
  hold(msg: Msg): HeldDelivery;
  release(held: HeldDelivery): void;
  close(): void;
};

export type LeasesOptions = {
  /** At most the consumer's ack_wait, in milliseconds. */
  readonly leaseMs: number;
  readonly onLost: (held: HeldDelivery) => void;
};

// One look at all of them this often within a lease: so much earlier than needed it may count as lost.
const TICKS_PER_LEASE = 12;

/**
 * Asks for each lease again every third of it, and takes it as lost when no confirmation came for a whole one. The
 * clock is monotonic and a confirmation counts from when it was asked for, so that a process that was stopped and
 * goes on finds its leases lost before it does anything else with them.
 */
export const keepLeases = (nc: NatsConnection, { leaseMs, onLost }: LeasesOptions): Leases => {
  const all = new Set<HeldDelivery>();
  let lookedAt = performance.now();

  const look = (): void => {
    const now = performance.now();
    lookedAt = now;
    for (const held of all) {
      if (now - held.confirmedAt > leaseMs) {
        all.delete(held);
        if (held.settled) continue;
        held.lose();
        onLost(held);
      } else if (!held.settled && now - held.askedAt >= leaseMs / 3) {
        held.askedAt = now;
        void confirm(held, now);
      }
    }
  };

  const confirm = async (held: HeldDelivery, askedAt: number): Promise<void> => {
    try {
      await nc.request(held.reply, '+WPI', { timeout: leaseMs });
      if (!held.lost && askedAt > held.confirmedAt) held.confirmedAt = askedAt;
    } catch {
      // Not confirmed: the next third asks again, and the lease ends in its time.
    }
  };

  const timer = setInterval(look, leaseMs / TICKS_PER_LEASE);
  timer.unref();
  return {
    hold: (msg) => {
      // The message may have waited unread while this process was stopped: since the last look at most.
      const held = new HeldDelivery(msg, Math.min(lookedAt, performance.now()));
      all.add(held);
      return held;
    },
    release: (held) => void all.delete(held),
    close: () => clearInterval(timer),
  };
};
