import { type Actor, AppError, type Role } from '@sluice/contracts';
import { decideRank } from './decide-member.ts';
import type { MemberRepository } from './member-repository.ts';

/** Throws AppError `forbidden` for an API token: teams are the business of people. */
export function requireSession({ tokenId }: Actor): void {
  if (tokenId !== undefined) {
    throw new AppError('forbidden', 'An API token cannot do this; log in as a user.');
  }
}

/** Throws AppError `not_found` unless the actor is a member of the team, `forbidden` unless at least `role`. */
export async function requireRank(
  { members }: { members: MemberRepository },
  actor: Actor,
  teamId: string,
  role: Role,
): Promise<void> {
  requireSession(actor);
  decideRank(await members.find(teamId, actor.userId), role);
}
