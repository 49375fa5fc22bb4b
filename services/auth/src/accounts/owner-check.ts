import { type Actor, AppError } from '@sluice/contracts';
import type { Db } from 'mongodb';
import type { Membership } from './decide-account.ts';

/**
 * Throws AppError `forbidden` unless the actor may manage the actor's team: an owner of it, by our own database and
 * whatever a gateway or an access token says, or an API token, whose scopes were looked at where it was recognised.
 */
export type OwnerCheck = (actor: Actor) => Promise<void>;

export function ownerCheck(db: Db): OwnerCheck {
  const memberships = db.collection<Membership>('memberships');
  return async ({ userId, teamId, tokenId }) => {
    if (tokenId !== undefined) return;
    const membership = await memberships.findOne({ userId, teamId }, { projection: { role: 1 } });
    if (membership?.role !== 'owner') throw new AppError('forbidden', 'Only an owner may do this.');
  };
}
