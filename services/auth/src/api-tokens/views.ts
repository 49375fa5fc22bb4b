import type { ApiToken } from '@sluice/contracts';
import type { StoredApiToken } from './decide-api-token.ts';

/** A token as its team's owners see it: without the hash of its secret. */
export function apiTokenView({ secretHash: _hash, teamId: _team, ...token }: StoredApiToken): ApiToken {
  return {
    ...token,
    createdAt: token.createdAt.toISOString(),
    expiresAt: token.expiresAt.toISOString(),
    lastUsedAt: token.lastUsedAt?.toISOString() ?? null,
  };
}
