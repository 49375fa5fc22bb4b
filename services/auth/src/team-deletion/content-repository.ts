import type { Db } from 'mongodb';

type OfTeam = { teamId: string };

/** What the collections of auth hold of a team besides its own document. Every removal says how many there were. */
export type ContentRepository = {
  memberIds(teamId: string): Promise<string[]>;
  removeMemberships(teamId: string): Promise<number>;
  removeSessions(teamId: string): Promise<number>;
  removeInvites(teamId: string): Promise<number>;
  removeReservations(teamId: string): Promise<number>;
  profiles(teamId: string): Promise<{ id: string; version: number }[]>;
  removeProfile(teamId: string, profileId: string): Promise<boolean>;
};

export function contentRepository(db: Db): ContentRepository {
  const memberships = db.collection<OfTeam & { userId: string }>('memberships');
  const profiles = db.collection<OfTeam & { _id: string; version: number }>('profiles');
  const removeAll = (name: string) => async (teamId: string) =>
    (await db.collection<OfTeam>(name).deleteMany({ teamId })).deletedCount;
  return {
    async memberIds(teamId) {
      const found = await memberships.find({ teamId }, { projection: { userId: 1 } }).toArray();
      return found.map(({ userId }) => userId);
    },
    removeMemberships: removeAll('memberships'),
    removeSessions: removeAll('refreshTokens'),
    removeInvites: removeAll('invites'),
    removeReservations: removeAll('profileReservations'),
    async profiles(teamId) {
      const found = await profiles.find({ teamId }, { projection: { version: 1 } }).toArray();
      return found.map(({ _id: id, version }) => ({ id, version }));
    },
    async removeProfile(teamId, profileId) {
      return (await profiles.deleteOne({ _id: profileId, teamId })).deletedCount === 1;
    },
  };
}
