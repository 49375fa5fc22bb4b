import { type Actor, AppError } from '@sluice/contracts';
import type { Db } from 'mongodb';
import type { Membership } from './decide-account.ts';

/**
 * Throws AppError `forbidden` unless the actor is an owner of its team by our own database, whatever a gateway or an
 * access token says. An API token speaks for the owner who made it, so the same is asked of it; its scopes were looked
 * at where it was recognised.
 */
export type OwnerCheck = (actor: Actor) => Promise<void>;

export function ownerCheck(db: Db): OwnerCheck {
  const memberships = db.collection<Membership>('memberships');
  return async ({ userId, teamId }) => {
    const membership = await memberships.findOne({ userId, teamId }, { projection: { role: 1 } });
    if (membership?.role !== 'owner') throw new AppError('forbidden', 'Only an owner may do this.');
  };
}
