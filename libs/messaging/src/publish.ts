import { setTimeout as sleep } from 'node:timers/promises';
import { type NatsConnection, nuid } from '@nats-io/nats-core';
import { MsgHdrsImpl } from '@nats-io/nats-core/internal';
import { AppError, HEADERS } from '@sluice/contracts';
import { injectContext } from '@sluice/telemetry';
import { type Attempt, tryPublish } from './publish-attempt.ts';
import { lastBySubject } from './reading.ts';

export type Publication = {
  readonly subject: string;
  readonly body: string | Uint8Array;
  /** `X-Request-Id` and what the message needs; `traceparent` of the active context is added. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How long to try, in milliseconds. Default 10,000. */
  readonly boundMs?: number;
};

export type GuardedPublication = Publication & {
  readonly stream: string;
  /** Stored only while the last message of `filter` (wildcards allowed) has this sequence; 0: while there is none. */
  readonly guard: { readonly filter: string; readonly sequence: number };
  /** Default: a new one. The one of an earlier call whose outcome is not known makes this call its continuation. */
  readonly publishId?: string;
};

export type GuardedOutcome =
  | { readonly stored: true; readonly sequence: number }
  | { readonly stored: false; readonly lastSequence?: number };

const BOUND_MS = 10_000;
const TRY_MS = 2_000;

/**
 * Publishes when the guard holds, and says whether it did: `stored: false` means that somebody else was first. The
 * five rules of a guarded publish (architecture.md; measured on one server and on three) are kept here and nowhere
 * else. Throws AppError `unavailable` when nothing is decided in time (the message may have been stored; call again
 * with the same publishId to find out), `queue_full` when the stream takes nothing more, `payload_too_large`.
 */
export const publishGuarded = async (
  nc: NatsConnection,
  publication: GuardedPublication,
): Promise<GuardedOutcome> => {
  const { stream, subject, guard } = publication;
  const publishId = publication.publishId ?? nuid.next();
  const headers = headersOf(publication);
  setHeader(headers, HEADERS.publishId, publishId);
  setHeader(headers, 'Nats-Expected-Last-Subject-Sequence', String(guard.sequence));
  setHeader(headers, 'Nats-Expected-Last-Subject-Sequence-Subject', guard.filter);
  let unclear = publication.publishId !== undefined;

  const decide = async (attempt: Attempt, remainingMs: number): Promise<GuardedOutcome | undefined> => {
    if (attempt.outcome === 'stored') return { stored: true, sequence: attempt.sequence };
    if (attempt.outcome === 'again') {
      unclear ||= attempt.unclear;
      return undefined;
    }
    if (unclear) {
      const last = await lastBySubject(nc, stream, subject, Math.min(TRY_MS, remainingMs));
      if (last?.headers?.get(HEADERS.publishId) === publishId)
        return { stored: true, sequence: last.sequence };
      unclear = false;
      // Nothing there: what refused us says nothing of our earlier tries, so one more try is due.
      if (last === null && attempt.outcome === 'refused') return undefined;
    }
    if (attempt.outcome === 'full') throw fullError(attempt.cause);
    return attempt.lastSequence === undefined
      ? { stored: false }
      : { stored: false, lastSequence: attempt.lastSequence };
  };

  return untilDecided(nc, publication, headers, decide);
};

export type StoredPublication = Publication & { readonly stream?: string };

/**
 * Publishes and returns once the stream has stored it; may store it twice after an unclear outcome, so it is for
 * what readers tell apart themselves (timers, deltas). Throws as publishGuarded.
 */
export const publishStored = (
  nc: NatsConnection,
  publication: StoredPublication,
): Promise<{ sequence: number }> =>
  untilDecided(nc, publication, headersOf(publication), async (attempt) => {
    if (attempt.outcome === 'stored') return { sequence: attempt.sequence };
    if (attempt.outcome === 'full') throw fullError(attempt.cause);
    if (attempt.outcome === 'again') return undefined;
    throw new AppError('internal', `${publication.subject} was refused by a guard that it does not carry.`);
  });

const headersOf = (publication: Publication): MsgHdrsImpl => {
  const headers = new MsgHdrsImpl();
  injectContext({ set: (name, value) => setHeader(headers, name, value) });
  for (const name in publication.headers) setHeader(headers, name, publication.headers[name] ?? '');
  return headers;
};

const LINE_BREAK = /[\r\n]/;

// Straight into the map: the client's own `set` searches all names twice, which is a fifth of a publish's cost.
const setHeader = (headers: MsgHdrsImpl, name: string, value: string): void => {
  if (LINE_BREAK.test(value)) throw new TypeError(`the header ${name} holds a line break`);
  headers.headers.set(name, [value]);
};

const untilDecided = async <Outcome>(
  nc: NatsConnection,
  { subject, body, boundMs = BOUND_MS }: Publication,
  headers: MsgHdrsImpl,
  decide: (attempt: Attempt, remainingMs: number) => Promise<Outcome | undefined>,
): Promise<Outcome> => {
  const deadline = performance.now() + boundMs;
  let cause: unknown;
  for (let tries = 1; ; tries += 1) {
    const remainingMs = Math.ceil(deadline - performance.now());
    if (remainingMs <= 0) {
      throw new AppError('unavailable', 'The message store did not confirm in time; try again.', { cause });
    }
    try {
      const attempt = await tryPublish(nc, subject, body, headers, Math.min(TRY_MS, remainingMs));
      const outcome = await decide(attempt, remainingMs);
      if (outcome !== undefined) return outcome;
      if (attempt.outcome === 'again') cause = attempt.cause;
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'unavailable' || nc.isClosed() || nc.isDraining()) {
        throw error;
      }
      // The read that should have decided was not answered either.
      cause = error;
    }
    await sleep(Math.min(pauseMs(tries), Math.max(1, deadline - performance.now())));
  }
};

/** 2 to 10 ms; longer from the sixth try on, when it is no longer about another publish in flight. */
const pauseMs = (tries: number): number =>
  (2 + 8 * Math.random()) * Math.min(2 ** Math.max(0, tries - 5), 25);

const fullError = (cause: Error): AppError =>
  new AppError('queue_full', 'The queue is full; try again later.', { cause });
