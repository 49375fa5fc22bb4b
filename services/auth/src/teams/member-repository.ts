import type { Db } from 'mongodb';
import type { Membership } from '../accounts/decide-account.ts';
import { isDuplicate } from '../database.ts';
import { laterThan } from '../paging/beyond.ts';
import type { PagePosition } from '../paging/decide-page.ts';
import type { PendingChange } from './team-repository.ts';

export type MemberRepository = {
  find(teamId: string, userId: string): Promise<Membership | null>;
  countOwners(teamId: string): Promise<number>;
  /** The teams that a user owns. */
  countOwned(userId: string): Promise<number>;
  /** In the order of joining; those after `after` when it is given. */
  list(
    teamId: string,
    page: { after: PagePosition | null; limit: number },
  ): Promise<(Membership & { email: string })[]>;
  emailOf(userId: string): Promise<string | null>;
  /** False when they are a member already. */
  insert(member: Membership, revision: number): Promise<boolean>;
  /** Does a change unless a later one was done to this member: whoever comes late with it changes nothing. */
  apply(teamId: string, change: PendingChange): Promise<void>;
};

export function memberRepository(db: Db): MemberRepository {
  const memberships = db.collection<Membership & { revision?: number }>('memberships');
  const users = db.collection<{ _id: string; email: string }>('users');
  return {
    find: (teamId, userId) => memberships.findOne({ teamId, userId }, { projection: { _id: 0 } }),
    countOwners: (teamId) => memberships.countDocuments({ teamId, role: 'owner' }),
    countOwned: (userId) => memberships.countDocuments({ userId, role: 'owner' }),
    async list(teamId, { after, limit }) {
      const found = await memberships
        .find({ teamId, ...laterThan(after, 'userId') })
        .sort({ createdAt: 1, userId: 1 })
        .limit(limit)
        .toArray();
      const people = await users
        .find({ _id: { $in: found.map(({ userId }) => userId) } }, { projection: { email: 1 } })
        .toArray();
      const emails = new Map(people.map(({ _id, email }) => [_id, email]));
      return found.map((member) => ({ ...member, email: emails.get(member.userId) ?? '' }));
    },
    async emailOf(userId) {
      return (await users.findOne({ _id: userId }, { projection: { email: 1 } }))?.email ?? null;
    },
    async insert(member, revision) {
      try {
        await memberships.insertOne({ ...member, revision });
        return true;
      } catch (error) {
        if (isDuplicate(error)) return false;
        throw error;
      }
    },
    async apply(teamId, { userId, role, revision }) {
      const filter = { teamId, userId, revision: { $not: { $gte: revision } } };
      if (role === null) await memberships.deleteOne(filter);
      else await memberships.updateOne(filter, { $set: { role, revision } });
    },
  };
}
