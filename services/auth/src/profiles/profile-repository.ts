import type { Db, Filter } from 'mongodb';
import { isDuplicate } from '../database.ts';
import { olderThan } from '../paging/beyond.ts';
import type { PagePosition } from '../paging/decide-page.ts';
import type { FallbackGraph } from './decide-fallbacks.ts';
import type { StoredProfile } from './decide-profile.ts';

export type ProfileRepository = {
  ensureIndexes(): Promise<void>;
  /** False when there is a profile of this id. */
  insert(profile: StoredProfile): Promise<boolean>;
  find(teamId: string, profileId: string): Promise<StoredProfile | null>;
  /** Those that have one of these texts as their id or their name; of a name that is not unique at least two. */
  named(teamId: string, texts: readonly string[]): Promise<StoredProfile[]>;
  /** Newest first; those older than `after` when it is given. */
  list(teamId: string, page: { after: PagePosition | null; limit: number }): Promise<StoredProfile[]>;
  /** False, with nothing changed, when it is no longer what was read. */
  replace(before: StoredProfile, after: StoredProfile): Promise<boolean>;
  /** False when it is no longer what was read, or gone. */
  remove(before: StoredProfile): Promise<boolean>;
  /** Those of these ids that are profiles of the team. */
  existing(teamId: string, profileIds: readonly string[]): Promise<string[]>;
  fallbacks(teamId: string): Promise<FallbackGraph>;
  /** Profiles that fall back to this one; at most 20. */
  fallingBackTo(teamId: string, profileId: string): Promise<{ id: string; name: string }[]>;
};

type ProfileDocument = Omit<StoredProfile, 'id'> & { _id: string };

const SHOWN = 20;

export function profileRepository(db: Db): ProfileRepository {
  const profiles = db.collection<ProfileDocument>('profiles');
  return {
    async ensureIndexes() {
      await profiles.createIndexes([
        { key: { teamId: 1, createdAt: -1, _id: -1 }, unique: true },
        { key: { teamId: 1, fallbackProfileIds: 1 } },
        { key: { teamId: 1, name: 1 } },
      ]);
    },
    async insert(profile) {
      try {
        await profiles.insertOne(toDocument(profile));
        return true;
      } catch (error) {
        if (isDuplicate(error)) return false;
        throw error;
      }
    },
    async find(teamId, profileId) {
      const found = await profiles.findOne({ _id: profileId, teamId });
      return found && fromDocument(found);
    },
    async named(teamId, texts) {
      const wanted = [...texts];
      const byName = wanted.map((name) => profiles.find({ teamId, name }).limit(2).toArray());
      const byId = profiles.find({ _id: { $in: wanted }, teamId }).toArray();
      return (await Promise.all([byId, ...byName])).flat().map(fromDocument);
    },
    async list(teamId, { after, limit }) {
      const found = profiles.find({ teamId, ...olderThan(after) }).sort({ createdAt: -1, _id: -1 });
      return (await found.limit(limit).toArray()).map(fromDocument);
    },
    async replace(before, after) {
      const { _id: _, ...document } = toDocument(after);
      const { modifiedCount } = await profiles.replaceOne(asRead(before), document);
      return modifiedCount === 1;
    },
    async remove(before) {
      const { deletedCount } = await profiles.deleteOne(asRead(before));
      return deletedCount === 1;
    },
    async existing(teamId, profileIds) {
      const found = profiles.find({ teamId, _id: { $in: [...profileIds] } }, { projection: { _id: 1 } });
      return (await found.toArray()).map(({ _id }) => _id);
    },
    async fallbacks(teamId) {
      const found = profiles.find(
        { teamId, 'fallbackProfileIds.0': { $exists: true } },
        { projection: { fallbackProfileIds: 1 } },
      );
      return new Map((await found.toArray()).map((one) => [one._id, one.fallbackProfileIds ?? []]));
    },
    async fallingBackTo(teamId, profileId) {
      const found = profiles
        .find({ teamId, fallbackProfileIds: profileId }, { projection: { name: 1 } })
        .limit(SHOWN);
      return (await found.toArray()).map(({ _id, name }) => ({ id: _id, name }));
    },
  };
}

/** The document as it was read. Re-sealing keeps the version, so the records are compared too; null is "not there". */
function asRead({ id, teamId, version, sealedKey, image }: StoredProfile): Filter<ProfileDocument> {
  return {
    _id: id,
    teamId,
    version,
    sealedKey: sealedKey ?? null,
    'image.sealedKey': image?.sealedKey ?? null,
  } as Filter<ProfileDocument>;
}

function toDocument({ id, ...profile }: StoredProfile): ProfileDocument {
  return { _id: id, ...profile };
}

function fromDocument({ _id, ...rest }: ProfileDocument): StoredProfile {
  return { id: _id, ...rest };
}
