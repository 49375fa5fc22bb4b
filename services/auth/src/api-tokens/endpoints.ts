import {
  type Actor,
  apiTokenRefused,
  createApiToken,
  listApiTokens,
  newId,
  revokeApiToken,
  verifyApiToken,
} from '@sluice/contracts';
import type { Log } from '@sluice/messaging';
import type { AccountRepository } from '../accounts/account-repository.ts';
import type { Answer } from '../answering.ts';
import { decidePage, decodeCursor } from '../paging/decide-page.ts';
import { decideRank } from '../teams/decide-member.ts';
import { requireSession } from '../teams/require-rank.ts';
import { requireStanding } from '../teams/require-standing.ts';
import type { TeamRepository } from '../teams/team-repository.ts';
import type { ApiTokenRepository } from './api-token-repository.ts';
import { isSameHash, newApiTokenText } from './api-token-secret.ts';
import { decideApiToken, decideRecordUse, decideServes } from './decide-api-token.ts';
import { type RevokingDeps, revokeToken } from './revoke-tokens.ts';
import { apiTokenView } from './views.ts';

export type ApiTokenDeps = RevokingDeps & {
  apiTokens: ApiTokenRepository;
  accounts: Pick<AccountRepository, 'findAccount'>;
  now: () => Date;
  teams: Pick<TeamRepository, 'find'>;
  log: Log;
};

/** Answers `auth.tokens.create`, `.list`, `.revoke` and `.verify`. */
export function serveApiTokens(answer: Answer, deps: ApiTokenDeps): void {
  const { apiTokens, accounts } = deps;

  /** Null also in a team that is being deleted: no token begins there. */
  const membershipOf = async (userId: string, teamId: string) =>
    (await accounts.findAccount(userId, teamId))?.membership ?? null;
  /** A token must not outlive itself by making others. */
  const requireOwner = async (actor: Actor) => {
    requireSession(actor);
    decideRank(await membershipOf(actor.userId, actor.teamId), 'owner');
  };

  answer(createApiToken, async ({ actor, body }, { requestId }) => {
    await requireOwner(actor);
    const id = newId();
    const { token, secretHash } = newApiTokenText(id);
    const made = decideApiToken({ id, actor, body, secretHash, now: deps.now() });
    const { teamId, name, scopes } = made;
    const details = { name, scopes: scopes.join(' '), expiresAt: made.expiresAt.toISOString() };
    const change = { actor, teamId, target: { kind: 'token', id }, details, requestId } as const;
    await deps.audit({ ...change, action: 'token.created' }, async () => {
      await apiTokens.insert(made);
      await requireStanding(deps, teamId, () => apiTokens.remove(teamId, id));
    });
    return { ...apiTokenView(made), token };
  });

  answer(listApiTokens, async ({ actor, query: { cursor, limit } }) => {
    await requireOwner(actor);
    const after = cursor === undefined ? null : decodeCursor(cursor);
    const page = decidePage(await apiTokens.list(actor.teamId, { after, limit: limit + 1 }), limit);
    return { items: page.items.map(apiTokenView), nextCursor: page.nextCursor };
  });

  answer(revokeApiToken, async ({ actor, tokenId }, { requestId }) => {
    await requireOwner(actor);
    await revokeToken(deps, tokenId, { actor, teamId: actor.teamId, requestId });
    return {};
  });

  answer(verifyApiToken, async ({ tokenId, secretHash }, { requestId }) => {
    const token = await apiTokens.find(tokenId);
    if (!token || !isSameHash(token.secretHash, secretHash)) throw apiTokenRefused();
    const { createdBy: userId, teamId, scopes } = token;
    const now = deps.now();
    if (!decideServes(token, (await membershipOf(userId, teamId))?.role, now)) throw apiTokenRefused();
    if (decideRecordUse(token, now)) {
      await apiTokens.recordUse(tokenId, now).catch((err: unknown) => {
        deps.log.warn({ err, tokenId, requestId }, 'the last use of an API token was not recorded');
      });
    }
    return { tokenId, userId, teamId, scopes, expiresAt: token.expiresAt.toISOString() };
  });
}
