import type { Msg, NatsConnection, Subscription } from '@nats-io/nats-core';
import { newInbox, onStatus } from './connection-events.ts';
import type { Log } from './log.ts';

export type CreditsOptions = {
  readonly stream: string;
  readonly consumer: string;
  /** Asked and held together are never more. */
  readonly credits: number;
  /** Takes a message; release gives its credit back. */
  readonly onMessage: (msg: Msg) => void;
  readonly log?: Log | undefined;
  /** How long the server keeps a pull, in milliseconds. Default 30,000. */
  readonly expiresMs?: number | undefined;
  /** How often it shows in silence that it still has it, in milliseconds. Default 5,000. */
  readonly heartbeatMs?: number | undefined;
};

export type Credits = {
  readonly held: number;
  release(count: number): void;
  /** No more pulls; what is on its way is handed back. Resolves when nothing comes any more. */
  stop(): Promise<void>;
};

const EXPIRES_MS = 30_000;
const HEARTBEAT_MS = 5_000;
const STALL_GRACE_MS = 2_000;
const MAX_TICK_MS = 1_000;
const STATUS = { heartbeat: 100, expired: 408 } as const;

/** One pull subscription with credits, under the rules of "Pulling" in architecture.md. */
export const pullWithCredits = (nc: NatsConnection, options: CreditsOptions): Credits => {
  const { stream, consumer, credits, onMessage, log } = options;
  const { expiresMs = EXPIRES_MS, heartbeatMs = HEARTBEAT_MS } = options;
  const next = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
  const lifetime = `"expires":${expiresMs * 1e6},"idle_heartbeat":${heartbeatMs * 1e6}`;
  let asked = 0;
  let held = 0;
  let pulls = 0;
  let inbox = '';
  let subscription: Subscription | undefined;
  let connected = true;
  let stopped = false;
  let pumpPlanned = false;
  let pause: NodeJS.Timeout | undefined;
  // Monotonic: the last sign of life, and the last that was more than a heartbeat.
  let signalAt = 0;
  let movementAt = 0;

  const pump = (): void => {
    pumpPlanned = false;
    const free = credits - asked - held;
    if (stopped || !connected || pause || free <= 0 || nc.isClosed() || nc.isDraining()) return;
    if (asked === 0) signalAt = movementAt = performance.now();
    asked += free;
    pulls += 1;
    // A reply subject for each: across accounts the server keeps a list of the ways back to each, and searches it.
    nc.publish(next, `{"batch":${free},${lifetime}}`, { reply: `${inbox}.${pulls.toString(36)}` });
  };

  const renew = (): void => {
    asked = 0;
    const old = subscription;
    if (nc.isClosed() || nc.isDraining()) return;
    inbox = newInbox(nc);
    const current = nc.subscribe(`${inbox}.*`, { callback: (error, msg) => receive(current, error, msg) });
    subscription = current;
    // What the server has already sent to the old inbox still comes, and is handed back.
    if (old) void old.drain().catch(() => undefined);
    pump();
  };

  const pauseThenRenew = (): void => {
    if (pause || stopped) return;
    pause = setTimeout(
      () => {
        pause = undefined;
        if (asked === 0) renew();
        else pump();
      },
      50 + 450 * Math.random(),
    );
  };

  const receive = (from: Subscription, error: Error | null, msg: Msg): void => {
    if (error) {
      log?.error({ err: error, stream, consumer }, 'pulling is not possible');
      if (from === subscription) {
        asked = 0;
        subscription = undefined;
        pauseThenRenew();
      }
      return;
    }
    if (!msg.reply) {
      if (from === subscription) receiveStatus(msg);
      return;
    }
    if (from !== subscription || stopped || held >= credits) {
      msg.respond('-NAK');
      return;
    }
    signalAt = movementAt = performance.now();
    if (asked > 0) asked -= 1;
    held += 1;
    onMessage(msg);
    if (msg.data.length > 0 || msg.headers !== undefined) return;
    // Across accounts the server takes an answer without anything in it for the last: the pull is gone. Within one it is
    // not, and what still comes of it is taken as long as there is room.
    asked = 0;
    pump();
  };

  const receiveStatus = ({ headers }: Msg): void => {
    signalAt = performance.now();
    const code = headers?.code ?? 0;
    if (code === STATUS.heartbeat) return;
    movementAt = signalAt;
    const pending = headers?.get('Nats-Pending-Messages');
    asked = pending ? Math.max(0, asked - Number(pending)) : 0;
    if (code === STATUS.expired && pending) {
      pump();
      return;
    }
    log?.debug({ stream, consumer, code, description: headers?.description }, 'a pull was ended');
    pauseThenRenew();
  };

  const tickMs = Math.min(MAX_TICK_MS, heartbeatMs / 2);
  let tickedAt = performance.now();
  const tick = (): void => {
    const now = performance.now();
    const wasStopped = now - tickedAt > 3 * tickMs;
    tickedAt = now;
    // Whatever came while this process stood still is read first.
    if (wasStopped) signalAt = movementAt = now;
    if (asked === 0 || !connected) return;
    const silent = now - signalAt > 2 * heartbeatMs + tickMs;
    if (!silent && now - movementAt <= expiresMs + STALL_GRACE_MS) return;
    log?.warn({ stream, consumer, asked }, 'the server has forgotten our pulls; pulling again');
    renew();
  };

  const timer = setInterval(tick, tickMs);
  timer.unref();
  const forgetStatus = onStatus(nc, ({ type }) => {
    if (type === 'disconnect') {
      connected = false;
      asked = 0;
    } else if (type === 'reconnect') {
      connected = true;
      renew();
    }
  });
  renew();

  return {
    get held() {
      return held;
    },
    release: (count) => {
      held -= count;
      if (pumpPlanned || stopped) return;
      pumpPlanned = true;
      queueMicrotask(pump);
    },
    stop: async () => {
      if (stopped) return;
      stopped = true;
      clearInterval(timer);
      clearTimeout(pause);
      forgetStatus();
      await subscription?.drain().catch(() => undefined);
    },
  };
};
