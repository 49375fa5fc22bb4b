import type { NatsConnection } from '@nats-io/nats-core';
import { addToCounter } from './counter.ts';
import type { Log } from './log.ts';

/** One number that all replicas change; read and changed without waiting for anybody. */
export type SharedCounter = {
  /** As far as this replica knows: what the stream said last, and its own changes since. */
  readonly total: number;
  /** Changes the number, by a whole amount that may be negative. */
  add(amount: number): void;
  /** Says that the total is being decided upon, so that the next round asks for those of the others. */
  look(): void;
};

export type SharedCountersOptions = {
  readonly log: Log;
  /** How often changes are told and totals learnt, in milliseconds. Default 200. */
  readonly everyMs?: number;
};

export type SharedCounters = {
  /**
   * The counter of a subject (counterSubject). Below `quietBelow` (default 0) it is this replica's secret: what nobody
   * decides upon costs no message.
   */
  counter(subject: string, options?: { readonly quietBelow?: number }): SharedCounter;
  /** Forgets a counter of which nobody speaks any more; what was not told yet is lost. */
  forget(subject: string): void;
  /** Tells and learns at once. Resolves when the stream has answered, or did not in 2 s. */
  sync(): Promise<void>;
  /** Tells what has not been told, and stops. */
  close(): Promise<void>;
};

type Counter = SharedCounter & {
  /** What the stream said last. */
  known: number;
  /** Our changes that no message carries yet, and those that one carries whose answer is out. */
  pending: number;
  sent: number;
  looked: boolean;
  readonly quietBelow: number;
};

const EVERY_MS = 200;
/** Messages on their way at once, so that a round over many counters does not fill the connection's buffer. */
const AT_ONCE = 256;

/**
 * Numbers that the replicas of a service share through a counter stream. A decision takes nanoseconds and waits for
 * nobody; the price is that it knows the others' changes of the last `everyMs` not yet. While NATS is away each
 * replica goes on with what it knew and its own changes. A change whose outcome stays unclear is taken for counted:
 * it may be missing from the total, and never counts twice.
 */
export const createSharedCounters = (
  nc: NatsConnection,
  { log, everyMs = EVERY_MS }: SharedCountersOptions,
): SharedCounters => {
  const counters = new Map<string, Counter>();
  const due = new Set<string>();
  let away = false;
  let round: Promise<void> | undefined;

  const create = (subject: string, quietBelow: number): Counter => ({
    known: 0,
    pending: 0,
    sent: 0,
    looked: false,
    quietBelow,
    get total() {
      return this.known + this.sent + this.pending;
    },
    add(amount) {
      this.pending += amount;
      if (Math.abs(this.total) >= this.quietBelow) this.look();
    },
    look() {
      if (this.looked) return;
      this.looked = true;
      due.add(subject);
    },
  });

  const tell = async (subject: string): Promise<void> => {
    const counter = counters.get(subject);
    if (!counter) return;
    counter.looked = false;
    counter.sent = counter.pending;
    counter.pending = 0;
    const answer = await addToCounter(nc, subject, counter.sent);
    if (answer.outcome === 'counted') counter.known = answer.total;
    else if (answer.outcome === 'unclear') counter.known += counter.sent;
    else {
      counter.pending += counter.sent;
      counter.look();
    }
    counter.sent = 0;
    const failed = answer.outcome !== 'counted';
    if (failed && !away) log.warn({ err: answer.cause, subject }, 'counters are not shared: counting alone');
    if (!failed && away) log.info({}, 'counters are shared again');
    away = failed;
  };

  const tellAll = async (): Promise<void> => {
    const subjects = [...due];
    due.clear();
    const queue = subjects.values();
    const worker = async () => {
      for (const subject of queue) await tell(subject);
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, subjects.length) }, worker));
  };
  const sync = (): Promise<void> => {
    round ??= tellAll().finally(() => {
      round = undefined;
    });
    return round;
  };
  const timer = setInterval(() => {
    if (due.size > 0) void sync();
  }, everyMs).unref();

  return {
    counter(subject, { quietBelow = 0 } = {}) {
      let counter = counters.get(subject);
      if (!counter) {
        counter = create(subject, quietBelow);
        counters.set(subject, counter);
      }
      return counter;
    },
    forget(subject) {
      counters.delete(subject);
      due.delete(subject);
    },
    sync,
    async close() {
      clearInterval(timer);
      await round;
      if (!nc.isClosed()) await sync();
    },
  };
};
