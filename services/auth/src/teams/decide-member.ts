import { AppError, MAX_OWNED_TEAMS, type Role } from '@sluice/contracts';

type Rank = { role: Role };

export function teamNotFound(): AppError {
  return new AppError('not_found', 'There is no such team.');
}

export function tooManyTeams(): AppError {
  return new AppError(
    'conflict',
    `You own ${MAX_OWNED_TEAMS} teams, which is the most: delete one, or leave it, first.`,
  );
}

export function memberNotFound(): AppError {
  return new AppError('not_found', 'The team has no such member.');
}

/** Throws `not_found` for who is no member, so that nobody learns which teams exist; `forbidden` below `role`. */
export function decideRank(actor: Rank | null, role: Role): void {
  if (!actor) throw teamNotFound();
  if (role === 'owner' && actor.role !== 'owner') {
    throw new AppError('forbidden', 'Only an owner of the team may do this.');
  }
}

export type MemberChange = {
  /** Null when they are no member of the team. */
  actor: Rank | null;
  target: Rank | null;
  /** Somebody leaves, or gives up a role, of their own will. */
  self: boolean;
  /** Null: no member any more. */
  role: Role | null;
  owners: number;
};

/**
 * Whether a member changes: false when they are that already. Throws AppError `not_found`, `forbidden`, or `conflict`
 * when the team would be left without an owner.
 */
export function decideMemberChange({ actor, target, self, role, owners }: MemberChange): boolean {
  decideRank(actor, self && role === null ? 'member' : 'owner');
  if (!target) throw memberNotFound();
  if (target.role === role) return false;
  if (target.role === 'owner' && owners <= 1) {
    throw new AppError(
      'conflict',
      'The last owner cannot leave, be removed or become a member: make somebody else an owner first, or delete the team.',
    );
  }
  return true;
}
