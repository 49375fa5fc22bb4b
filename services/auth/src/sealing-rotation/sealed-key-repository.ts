import type { KeyInSlot, StoredKey } from '@sluice/contracts';
import type { Db, Filter } from 'mongodb';
import type { StoredProfile } from '../profiles/decide-profile.ts';

/** What a record is bound to, and the record. */
export type ProfileWithKeys = Pick<
  StoredProfile,
  'id' | 'teamId' | 'provider' | 'baseUrl' | 'version' | 'sealedKey' | 'image'
>;

export type SealedKeyRepository = {
  /** Profiles that hold a record, of every team, by id. */
  list(page: { after: string | undefined; limit: number }): Promise<ProfileWithKeys[]>;
  /** A profile whose slot holds exactly this record. */
  find(holding: HoldingSlot): Promise<{ version: number } | null>;
  /** Null, with nothing changed, when the slot holds another record. */
  replace(holding: HoldingSlot, to: StoredKey): Promise<{ version: number } | null>;
};

export type HoldingSlot = { teamId: string; profileId: string; slot: KeyInSlot['slot']; record: StoredKey };

type ProfileDocument = Omit<ProfileWithKeys, 'id'> & { _id: string };

const FIELD = { chat: 'sealedKey', image: 'image.sealedKey' } as const;

/** The records in collection `profiles`, whose other fields are none of ours. */
export function sealedKeyRepository(db: Db): SealedKeyRepository {
  const profiles = db.collection<ProfileDocument>('profiles');
  return {
    async list({ after, limit }) {
      const held = Object.values(FIELD).map((field) => ({ [field]: { $exists: true } }));
      const filter = { $or: held, ...(after === undefined ? {} : { _id: { $gt: after } }) };
      const projection = { teamId: 1, provider: 1, baseUrl: 1, version: 1, sealedKey: 1, image: 1 };
      const found = await profiles
        .find(filter as Filter<ProfileDocument>, { projection })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray();
      return found.map(({ _id, ...profile }) => ({ id: _id, ...profile }));
    },
    async find(holding) {
      return await profiles.findOne(isHeld(holding), { projection: { version: 1 } });
    },
    async replace(holding, to) {
      const change = { $set: { [FIELD[holding.slot]]: to } };
      return await profiles.findOneAndUpdate(isHeld(holding), change, { projection: { version: 1 } });
    },
  };
}

/** Field by field: MongoDB compares documents in the order that their fields were written in. */
function isHeld({ teamId, profileId, slot, record }: HoldingSlot): Filter<ProfileDocument> {
  const fields = Object.entries(record).map(([name, value]) => [`${FIELD[slot]}.${name}`, value]);
  return { _id: profileId, teamId, ...Object.fromEntries(fields) };
}
