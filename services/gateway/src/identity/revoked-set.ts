import type { Revocation } from '@sluice/contracts';
import type { Identity } from './identity.ts';

/** Longer than an access token lives (15 minutes), and than an API token is remembered here. In milliseconds. */
const KEPT_MS = 20 * 60_000;
const EVERY_TEAM = '*';

type UserRevocation = { notBefore: number; until: number };

/** What was revoked in the last 20 minutes. Asking costs four look-ups at most; times are in milliseconds. */
export function createRevokedSet() {
  const users = new Map<string, Map<string, UserRevocation>>();
  const tokens = new Map<string, number>();
  const sessions = new Map<string, number>();

  const forget = (now: number): void => {
    for (const ended of [tokens, sessions]) {
      for (const [id, until] of ended) if (until <= now) ended.delete(id);
    }
    for (const [userId, teams] of users) {
      for (const [team, { until }] of teams) if (until <= now) teams.delete(team);
      if (teams.size === 0) users.delete(userId);
    }
  };

  return {
    add(revocation: Revocation, now: number): void {
      forget(now);
      const until = now + KEPT_MS;
      if ('tokenId' in revocation) {
        tokens.set(revocation.tokenId, until);
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
