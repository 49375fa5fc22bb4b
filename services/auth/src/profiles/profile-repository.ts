import type { Db, Filter } from 'mongodb';
import type { PagePosition } from './decide-page.ts';
import type { StoredProfile } from './decide-profile.ts';

export type ProfileRepository = {
  ensureIndexes(): Promise<void>;
  insert(profile: StoredProfile): Promise<void>;
  find(teamId: string, profileId: string): Promise<StoredProfile | null>;
  /** Newest first; those older than `after` when it is given. */
  list(teamId: string, page: { after: PagePosition | null; limit: number }): Promise<StoredProfile[]>;
};

type ProfileDocument = Omit<StoredProfile, 'id'> & { _id: string };

export function profileRepository(db: Db): ProfileRepository {
  const profiles = db.collection<ProfileDocument>('profiles');
  return {
    async ensureIndexes() {
      await profiles.createIndex({ teamId: 1, createdAt: -1, _id: -1 }, { unique: true });
    },
    async insert({ id, ...profile }) {
      await profiles.insertOne({ _id: id, ...profile });
    },
    async find(teamId, profileId) {
      const found = await profiles.findOne({ _id: profileId, teamId });
      return found && fromDocument(found);
    },
    async list(teamId, { after, limit }) {
      const filter: Filter<ProfileDocument> = after
        ? {
            teamId,
            createdAt: { $lte: after.createdAt },
            $or: [{ createdAt: { $lt: after.createdAt } }, { _id: { $lt: after.id } }],
          }
        : { teamId };
      const found = await profiles.find(filter).sort({ createdAt: -1, _id: -1 }).limit(limit).toArray();
      return found.map(fromDocument);
    },
  };
}

function fromDocument({ _id, ...rest }: ProfileDocument): StoredProfile {
  return { id: _id, ...rest };
}
