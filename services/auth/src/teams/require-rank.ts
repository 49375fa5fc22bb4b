import { type Actor, AppError, type Role } from '@sluice/contracts';
import { decideRank } from './decide-member.ts';
import type { MemberRepository } from './member-repository.ts';

/** Throws AppError `forbidden` for an API token: teams are the business of people. */
export function requireSession({ tokenId }: Actor): void {
  if (tokenId !== undefined) {
    throw new AppError('forbidden', 'An API token cannot do this; log in as a user.');
  }
}

type Members = { members: Pick<MemberRepository, 'find'> };

/** Throws AppError `not_found` unless the actor is a member of the team, `forbidden` unless at least `role`. */
export async function requireRank(
  { members }: Members,
  actor: Actor,
  teamId: string,
  role: Role,
): Promise<void> {
  requireSession(actor);
  decideRank(await members.find(teamId, actor.userId), role);
}

/**
 * The same for an owner in the team they act in, whatever a gateway or an access token says. An API token speaks for the
 * owner who made it, so it may; its scopes were looked at where it was recognised.
 */
export type OwnerCheck = (actor: Actor) => Promise<void>;

export function ownerCheck({ members }: Members): OwnerCheck {
  return async ({ userId, teamId }) => decideRank(await members.find(teamId, userId), 'owner');
}
