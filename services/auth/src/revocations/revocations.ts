import {
  authEventSubjects,
  listRevocations,
  REVOCATIONS_PAGE,
  type Revocation,
  revokedSchema,
} from '@sluice/contracts';
import type { Announce } from '../announcing.ts';
import type { Answer } from '../answering.ts';
import type { RevocationRepository } from './revocation-repository.ts';

/** Takes back tokens that gateways would go on accepting. Both are told of it at once, and resolve when it is stored. */
export type Revocations = {
  /**
   * Access tokens of a user, in one team or in all, that were issued before this moment. Call it after the write that
   * the tokens must not outlive: whoever read the state before that write took the time of their token even earlier.
   */
  revokeUser(whose: { userId: string; teamId?: string }, requestId: string): Promise<void>;
  revokeToken(tokenId: string, requestId: string): Promise<void>;
  /** Every access token of a session, whenever it was issued. */
  revokeSession(sessionId: string, requestId: string): Promise<void>;
};

/** `announce` signs. */
export type RevocationDeps = { repository: RevocationRepository; announce: Announce; now: () => Date };

export function makeRevocations({ repository, announce, now }: RevocationDeps): Revocations {
  // Stored first: a gateway that misses the event finds it in the list that it asks for.
  const revoke = async (revocation: Revocation, at: Date, requestId: string): Promise<void> => {
    await repository.insert(revocation, at);
    const event = revokedSchema.parse({ v: 1, revocations: [revocation] });
    await announce(authEventSubjects.revoked, authEventSubjects.revoked, event, requestId);
  };
  return {
    revokeUser({ userId, teamId }, requestId) {
      const at = now();
      const whose = { userId, ...(teamId !== undefined && { teamId }) };
      return revoke({ ...whose, notBefore: at.toISOString() }, at, requestId);
    },
    revokeToken: (tokenId, requestId) => revoke({ tokenId }, now(), requestId),
    revokeSession: (sessionId, requestId) => revoke({ sessionId }, now(), requestId),
  };
}

/** Answers `auth.revocations`, a page at a time: the cursor is where the one before ended. */
export function serveRevocations(
  answer: Answer,
  { repository, now }: Pick<RevocationDeps, 'repository' | 'now'>,
): void {
  answer(listRevocations, ({ cursor }) => repository.list({ after: cursor, limit: REVOCATIONS_PAGE }, now()));
}
