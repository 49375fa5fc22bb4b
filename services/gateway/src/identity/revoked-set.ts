import type { Revocation } from '@sluice/contracts';
import type { Identity } from './identity.ts';

/** Longer than an access token lives: 15 minutes. In milliseconds. */
const KEPT_MS = 20 * 60_000;
/** Longer than an API token is remembered here: a minute. Auth itself knows a revoked one no more. */
const TOKEN_KEPT_MS = 2 * 60_000;
const EVERY_TEAM = '*';

type UserRevocation = { notBefore: number; until: number };

/**
 * What was revoked, for as long as something may hang on it. Asking costs four look-ups at most; a sweep goes over all
 * of it, so it is for a timer and not for each event. Times are in milliseconds.
 */
export function createRevokedSet() {
  const users = new Map<string, Map<string, UserRevocation>>();
  const tokens = new Map<string, number>();
  const sessions = new Map<string, number>();

  return {
    add(revocation: Revocation, now: number): void {
      const until = now + KEPT_MS;
      if ('tokenId' in revocation) {
        tokens.set(revocation.tokenId, now + TOKEN_KEPT_MS);
        return;
      }
      if ('sessionId' in revocation) {
        sessions.set(revocation.sessionId, until);
        return;
      }
      const { userId, teamId = EVERY_TEAM } = revocation;
      const teams = users.get(userId) ?? new Map<string, UserRevocation>();
      // The list may be read later than an event that is newer than it.
      const notBefore = Math.max(Date.parse(revocation.notBefore), teams.get(teamId)?.notBefore ?? 0);
      users.set(userId, teams.set(teamId, { notBefore, until }));
    },
    /** Forgets what nothing can hang on any more. */
    sweep(now: number): void {
      for (const ended of [tokens, sessions]) {
        for (const [id, until] of ended) if (until <= now) ended.delete(id);
      }
      for (const [userId, teams] of users) {
        for (const [team, { until }] of teams) if (until <= now) teams.delete(team);
        if (teams.size === 0) users.delete(userId);
      }
    },
    has({ userId, teamId, issuedAtMs = 0, sessionId, token }: Identity): boolean {
      if (token !== undefined) return tokens.has(token.id);
      if (sessionId !== undefined && sessions.has(sessionId)) return true;
      const teams = users.get(userId);
      if (teams === undefined) return false;
      return [teams.get(teamId), teams.get(EVERY_TEAM)].some(
        (revoked) => revoked !== undefined && issuedAtMs < revoked.notBefore,
      );
    },
  };
}
