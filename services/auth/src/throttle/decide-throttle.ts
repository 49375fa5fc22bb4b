import { AppError } from '@sluice/contracts';

const WINDOW_MS = 60_000;

/** The minute that a moment falls into, and its end. */
export function windowOf(now: Date): { start: number; end: Date } {
  const start = now.getTime() - (now.getTime() % WINDOW_MS);
  return { start, end: new Date(start + WINDOW_MS) };
}

/** Throws AppError `rate_limited`, until the window ends, when an attempt is one too many. A limit of 0 is none. */
export function decideThrottle(count: number, limit: number, now: Date): void {
  if (limit === 0 || count <= limit) return;
  const retryAfterMs = windowOf(now).end.getTime() - now.getTime();
  const seconds = Math.ceil(retryAfterMs / 1000);
  throw new AppError('rate_limited', `Too many attempts (${limit} a minute); try again in ${seconds} s.`, {
    retryAfterMs,
  });
}
