/** What a window that slides knows: two fixed ones, of which the earlier counts for the part that it still covers. */
export type RateState = {
  /** Requests that one window may hold; at least 1. */
  readonly limit: number;
  readonly previous: number;
  readonly current: number;
  /** The part of the current window that has passed, 0 to 1. */
  readonly elapsed: number;
};

export type RateDecision = {
  readonly allowed: boolean;
  /** How many more would be allowed at this moment, this one counted; whole, at least 0. */
  readonly remaining: number;
  /** In windows: when the next one is allowed; 0 where this one is. */
  readonly waitWindows: number;
};

/** Whether one more request fits into the last window's length, wherever that begins: no double burst at a border. */
export function decideRate({ limit, previous, current, elapsed }: RateState): RateDecision {
  const used = previous * (1 - elapsed) + current;
  if (used + 1 <= limit) {
    return { allowed: true, remaining: Math.floor(limit - used - 1), waitWindows: 0 };
  }
  return { allowed: false, remaining: 0, waitWindows: waitOf(limit, previous, current, elapsed) };
}

function waitOf(limit: number, previous: number, current: number, elapsed: number): number {
  // Still in this window: as soon as enough of the previous one has slid out.
  if (current + 1 <= limit) return 1 - (limit - 1 - current) / previous - elapsed;
  // Else in the next, where this one is the previous; past its end when not one fits beside it.
  return 1 - elapsed + (1 - (limit - 1) / current);
}
