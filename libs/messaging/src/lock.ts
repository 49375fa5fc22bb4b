import type { NatsConnection } from '@nats-io/nats-core';
import { AppError } from '@sluice/contracts';
import { jetStreamRequest } from './jetstream-request.ts';
import { publishGuarded } from './publish.ts';

export type LockOptions = {
  /** One whose messages live for `ttlMs`, one for each subject. */
  readonly stream: string;
  /** The lock's name: a literal subject of the stream. */
  readonly subject: string;
  /** Who holds it, for people who look. */
  readonly holder: string;
  readonly ttlMs: number;
};

export type Lock = {
  /**
   * Whether it is ours: takes it while it is free, and keeps it. Call it more often than a third of `ttlMs`. Never throws:
   * while NATS is away it is ours for as long as it cannot have become another's.
   */
  hold(): Promise<boolean>;
  /** Lets another take it at once. Never throws: without NATS it is free after `ttlMs`. */
  release(): Promise<void>;
};

const TRY_MS = 2_000;

/**
 * A lock among replicas: the one message of a subject, stored while there is none, renewed by a message that is stored
 * while the last is still one's own. A holder that dies leaves it to its age. It spares work and proves nothing: a
 * process that is stopped for longer than `ttlMs` goes on as if it had it, so whatever it does is guarded besides.
 */
export const createLock = (nc: NatsConnection, { stream, subject, holder, ttlMs }: LockOptions): Lock => {
  let held: { readonly sequence: number; readonly since: number } | undefined;

  return {
    async hold() {
      const since = performance.now();
      if (held && since - held.since < ttlMs / 3) return true;
      try {
        const outcome = await publishGuarded(nc, {
          ...{ stream, subject, body: JSON.stringify({ holder }), boundMs: Math.min(TRY_MS, ttlMs / 3) },
          guard: { filter: subject, sequence: held?.sequence ?? 0 },
        });
        held = outcome.stored ? { sequence: outcome.sequence, since } : undefined;
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        if (held && performance.now() - held.since >= ttlMs) held = undefined;
      }
      return held !== undefined;
    },
    async release() {
      if (!held) return;
      const { sequence: seq } = held;
      held = undefined;
      // By its sequence: a message that another has stored since stays.
      await jetStreamRequest(nc, `$JS.API.STREAM.MSG.DELETE.${stream}`, { seq, no_erase: true }).catch(
        () => undefined,
      );
    },
  };
};
