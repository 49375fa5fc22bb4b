import { type Actor, apiTokenNotFound } from '@sluice/contracts';
import type { Audit } from '../audit/audit.ts';
import type { Revocations } from '../revocations/revocations.ts';
import type { ApiTokenRepository } from './api-token-repository.ts';

export type RevokingDeps = {
  apiTokens: Pick<ApiTokenRepository, 'idsOf' | 'remove'>;
  revocations: Revocations;
  audit: Audit;
};

type By = { actor: Actor | 'operator'; teamId: string; requestId: string };

/** Removes a token, and tells every gateway, before it resolves. Throws AppError `not_found`. */
export async function revokeToken(deps: RevokingDeps, tokenId: string, by: By): Promise<void> {
  const { teamId, requestId } = by;
  const change = { ...by, action: 'token.revoked', target: { kind: 'token', id: tokenId } } as const;
  // Removed first: from then on no gateway is told anything else, however the rest ends.
  await deps.audit(change, async () => {
    if (!(await deps.apiTokens.remove(teamId, tokenId))) throw apiTokenNotFound();
  });
  await deps.revocations.revokeToken(tokenId, requestId);
}

/**
 * Revokes what a user made in a team, or (without `userId`) every token of the team; returns how many. For when a
 * member leaves, is removed, or is no owner any more, and for when a team is deleted. Call it after that was written:
 * from then on auth refuses the tokens by itself, and this ends what gateways remember of them.
 */
export async function revokeTokensOf(
  deps: RevokingDeps,
  { userId, ...by }: By & { userId?: string },
): Promise<number> {
  const ids = await deps.apiTokens.idsOf({ teamId: by.teamId, ...(userId !== undefined && { userId }) });
  const revoked = await Promise.all(
    ids.map((id) =>
      revokeToken(deps, id, by).then(
        () => 1,
        (error: unknown) => {
          if (isGone(error)) return 0;
          throw error;
        },
      ),
    ),
  );
  return revoked.reduce<number>((sum, one) => sum + one, 0);
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'not_found';
}
