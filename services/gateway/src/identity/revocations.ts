import { setTimeout as sleep } from 'node:timers/promises';
import {
  AppError,
  authEventSubjects,
  listRevocations,
  newId,
  type Revocation,
  revokedSchema,
} from '@sluice/contracts';
import { call, type Log, type NatsConnection, onStatus, openEvent } from '@sluice/messaging';
import type { Identity } from './identity.ts';
import { createRevokedSet } from './revoked-set.ts';
import type { TokenKeys } from './token-keys.ts';

export type Revocations = {
  /** Whether tokens of this identity were taken back. */
  has(identity: Identity): boolean;
  /** False from a loss of NATS, or the start, until the list was read again. */
  readonly current: boolean;
  /**
   * Resolves when the list was read; or after five seconds, since auth being away logs nobody out. Errors: unavailable
   * (it was never read).
   */
  settled(): Promise<void>;
  /** Calls `end` once if the identity is revoked while it is in use; the function returned stops that. */
  whileInUse(identity: Identity, end: () => void): () => void;
  close(): void;
};

export type RevocationsOptions = {
  nc: NatsConnection;
  log: Log;
  tokens: Pick<TokenKeys, 'begin' | 'jwks' | 'trusted'>;
  /** Reads the clock that events are judged by, in milliseconds; for tests. */
  now?: () => number;
  /** How long requests wait for the list, in milliseconds; for tests. */
  settleMs?: number;
};

const SETTLE_MS = 5_000;
const RETRY_MS = 250;
/** A question that a broken connection swallowed is asked again after this. */
const ANSWER_MS = 2_000;
/** What events that are not to be believed may cost: the list, once in this time. */
const DOUBT_MS = 3_000;
const SWEEP_MS = 30_000;

/**
 * Knows which tokens auth has taken back: from events, and from the list, which is read at the start and whenever
 * events may have been missed. Events are listened to before the list is asked for, on the same connection. One that
 * no known key of auth has signed changes nothing; the list, which auth alone answers, says what there was to it.
 */
export function createRevocations(options: RevocationsOptions): Revocations {
  const { nc, log, tokens, now = Date.now, settleMs = SETTLE_MS } = options;
  const revoked = createRevokedSet();
  const inUse = new Set<{ identity: Identity; end: () => void }>();
  let closed = false;
  let connected = true;
  /** Counts the moments from which the list is needed anew, and up to which of them it was read. */
  let needed = 1;
  let read = 0;
  let reading: Promise<void> | undefined;
  let settling: Promise<unknown> = Promise.resolve();

  const take = (revocations: readonly Revocation[]): void => {
    for (const revocation of revocations) revoked.add(revocation, now());
    for (const use of inUse) {
      if (!revoked.has(use.identity)) continue;
      inUse.delete(use);
      use.end();
    }
  };

  const events = nc.subscribe(authEventSubjects.revoked, {
    callback: (error, msg) => {
      if (error) return log.error({ err: error }, 'revocations cannot be received');
      const opened = openEvent(msg.string(), {
        subject: authEventSubjects.revoked,
        keyOf: tokens.trusted,
        now: now(),
      });
      if ('refused' in opened) return doubt(opened.refused);
      const event = revokedSchema.safeParse(opened.body);
      if (event.success) return take(event.data.revocations);
      log.error({ err: event.error }, 'a revocation could not be read; the list is read again');
      readAgain();
    },
  });

  const readPages = async (): Promise<void> => {
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const asked = cursor === undefined ? {} : { cursor };
      const page = await call(nc, listRevocations, asked, { requestId: newId(), timeoutMs: ANSWER_MS });
      take(page.items);
      cursor = page.nextCursor;
    }
    revoked.sweep(now());
  };
  const sweeping = setInterval(() => revoked.sweep(now()), SWEEP_MS).unref();

  let doubtful: NodeJS.Timeout | undefined;
  let doubtedAt = Number.NEGATIVE_INFINITY;
  const doubt = (reason: string): void => {
    if (closed || doubtful !== undefined) return;
    log.warn({ reason }, 'a revocation is not believed; the list is read');
    const ask = async (): Promise<void> => {
      // What comes from here on may be missing from the answer.
      doubtful = undefined;
      doubtedAt = performance.now();
      // A key that auth has and we have not may have signed it.
      await Promise.all([readPages(), tokens.jwks(newId())]).catch(readAgain);
    };
    const wait = Math.max(0, doubtedAt + DOUBT_MS - performance.now());
    doubtful = setTimeout(() => void ask(), wait).unref();
  };

  const wanted = (): boolean => read < needed && !closed && !nc.isClosed();
  const readList = async (): Promise<void> => {
    for (let tries = 0; wanted(); tries += 1) {
      if (!connected) {
        await sleep(RETRY_MS, undefined, { ref: false });
        continue;
      }
      const upTo = needed;
      try {
        await Promise.all([readPages(), tokens.begin(newId())]);
        read = upTo;
      } catch (err) {
        if (tries === 0 && wanted()) log.warn({ err }, 'revocations could not be read; trying again');
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
  };
  const start = (): void => {
    reading ??= readList().finally(() => {
      reading = undefined;
      if (wanted()) start();
    });
    settling = Promise.race([reading, sleep(settleMs, undefined, { ref: false })]);
  };
  const readAgain = (): void => {
    needed += 1;
    start();
  };
  const stopWatching = onStatus(nc, ({ type }) => {
    if (type !== 'disconnect' && type !== 'reconnect') return;
    connected = type === 'reconnect';
    readAgain();
  });
  start();

  return {
    has: (identity) => revoked.has(identity),
    get current() {
      return read === needed;
    },
    async settled() {
      await settling;
      if (read === 0) {
        throw new AppError('unavailable', 'Revoked tokens are not known yet; try again.', {
          retryAfterMs: 1_000,
        });
      }
    },
    whileInUse(identity, end) {
      const use = { identity, end };
      inUse.add(use);
      return () => void inUse.delete(use);
    },
    close() {
      closed = true;
      stopWatching();
      clearInterval(sweeping);
      clearTimeout(doubtful);
      if (!events.isClosed()) events.unsubscribe();
    },
  };
}
