import { counterSubject } from '@sluice/contracts';
import type { SharedCounter, SharedCounters } from '@sluice/messaging';
import { decideRate } from './decide-rate.ts';

/** All limits are per minute. */
export const WINDOW_SECONDS = 60;
const WINDOW_MS = WINDOW_SECONDS * 1000;
/** A replica keeps counts below this share of the limit to itself: most callers are nowhere near theirs. */
const QUIET_SHARE = 1 / 50;
const MAX_HELD = 100_000;

export type Verdict = {
  readonly allowed: boolean;
  readonly remaining: number;
  /** Whole seconds: until the next is allowed where this one is not, else until the window ends. At least 1. */
  readonly seconds: number;
};

export type RateLimiter = {
  readonly name: string;
  readonly limit: number;
  /** What would become of one more request; counts nothing. */
  check(id: string): Verdict;
  count(id: string): void;
};

/** What a window has come to is told by every replica within this part of the next one. */
const SETTLED = 5 / WINDOW_SECONDS;

type Held = {
  window: number;
  current: SharedCounter;
  previous: SharedCounter;
  /** When in this window the previous one's total was asked for last, 0 to 1. */
  askedAt: number;
};

/**
 * So many requests a minute for each id, over all replicas. `name` and what `tokenOf` makes of an id (another for each)
 * become tokens of a subject. The windows are those of the clock, so replicas agree on them as far as their clocks do.
 */
export function createRateLimiter(
  counters: SharedCounters,
  name: string,
  limit: number,
  { tokenOf = (id: string) => id, now = Date.now } = {},
): RateLimiter {
  const held = new Map<string, Held>();
  const options = { quietBelow: limit * QUIET_SHARE };
  const subjectOf = (id: string, window: number): string =>
    counterSubject('requests', name, tokenOf(id), String(window));
  let swept = 0;

  const forget = (id: string, { window }: Held): void => {
    held.delete(id);
    counters.forget(subjectOf(id, window));
    counters.forget(subjectOf(id, window - 1));
  };
  const sweep = (window: number): void => {
    swept = window;
    for (const [id, one] of held) if (one.window < window - 1) forget(id, one);
  };
  const heldFor = (id: string, window: number): Held => {
    if (swept !== window) sweep(window);
    const known = held.get(id);
    if (known?.window === window) return known;
    const subject = subjectOf(id, window);
    const current = counters.counter(subject, options);
    const previous = counters.counter(subjectOf(id, window - 1), options);
    if (known) {
      counters.forget(subjectOf(id, window - 2));
      Object.assign(known, { window, current, previous, askedAt: -1 });
      return known;
    }
    const fresh = { window, current, previous, askedAt: -1 };
    held.set(id, fresh);
    const oldest = held.entries().next().value;
    if (held.size > MAX_HELD && oldest) forget(...oldest);
    return fresh;
  };

  return {
    name,
    limit,
    check(id) {
      const time = now() / WINDOW_MS;
      const window = Math.floor(time);
      const one = heldFor(id, window);
      const { current, previous } = one;
      const elapsed = time - window;
      const { allowed, remaining, waitWindows } = decideRate({
        limit,
        previous: previous.total,
        current: current.total,
        elapsed,
      });
      if (one.askedAt < SETTLED && current.total >= options.quietBelow) {
        one.askedAt = elapsed;
        previous.look();
      }
      if (!allowed) current.look();
      const wait = allowed ? 1 - elapsed : waitWindows;
      return { allowed, remaining, seconds: Math.max(1, Math.ceil(wait * WINDOW_SECONDS)) };
    },
    count(id) {
      heldFor(id, Math.floor(now() / WINDOW_MS)).current.add(1);
    },
  };
}
