import type { Identity } from './identity.ts';

/** A token is verified anew after this, in case its key was withdrawn; in milliseconds. */
const FRESH_MS = 60_000;
const MAX_HELD = 10_000;

/**
 * Remembers `Authorization` headers whose token was verified: a signature costs 0.1 ms of the event loop, which is
 * most of what the edge spends on a request, and an API token a question to auth. Never beyond the token's own end.
 * Times are in milliseconds.
 */
export function createVerifiedTokens() {
  const held = new Map<string, { identity: Identity; until: number }>();
  return {
    find(header: string, now: number): Identity | undefined {
      const known = held.get(header);
      if (known === undefined) return undefined;
      if (known.until > now) return known.identity;
      held.delete(header);
      return undefined;
    },
    clear(): void {
      held.clear();
    },
    keep(header: string, identity: Identity, expiresAt: number, now: number): void {
      held.set(header, { identity, until: Math.min(expiresAt, now + FRESH_MS) });
      const oldest = held.keys().next();
      if (held.size > MAX_HELD && !oldest.done) held.delete(oldest.value);
    },
  };
}
