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

const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const NETWORK_GROUPS = 4;

/**
 * Whose attempts an address counts for: an IPv4 address, or the /64 network of an IPv6 one, which is what a single
 * subscriber has for themselves (RFC 6177) and could move about in.
 */
export function networkOf(address: string): string {
  const plain = address.replace(/%.*$/, '').replace(MAPPED_IPV4, '$1');
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.toLowerCase().split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const before = groups(head);
  const after = groups(tail ?? '');
  const gap = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const all = [...before, ...Array.from({ length: gap }, () => '0'), ...after];
  return all
    .slice(0, NETWORK_GROUPS)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
