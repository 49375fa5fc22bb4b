import type { Db } from 'mongodb';
import type { RefreshFamily } from './decide-refresh.ts';

/** One document a family: rotating and ending it are single writes, so neither can be half done. */
export type RefreshRepository = {
  ensureIndexes(): Promise<void>;
  insert(family: RefreshFamily): Promise<void>;
  find(familyId: string): Promise<RefreshFamily | null>;
  /** Replaces the current token; false when somebody else did so first, or ended the family. */
  rotate(change: { id: string; fromHash: string; toHash: string; expiresAt: Date }): Promise<boolean>;
  end(familyId: string): Promise<void>;
  /** Ends every session of a user, in all teams. */
  endAllOf(userId: string): Promise<void>;
  /** Ends every session that a user has in one team. */
  endOfMember(userId: string, teamId: string): Promise<void>;
};

type StoredFamily = Omit<RefreshFamily, 'id'> & { _id: string };

export function refreshRepository(db: Db): RefreshRepository {
  const families = db.collection<StoredFamily>('refreshTokens');
  return {
    async ensureIndexes() {
      await families.createIndexes([
        { key: { expiresAt: 1 }, expireAfterSeconds: 0 },
        { key: { currentHash: 1 }, unique: true },
        { key: { userId: 1 } },
        { key: { teamId: 1 } },
      ]);
    },
    async insert({ id, ...family }) {
      await families.insertOne({ _id: id, ...family });
    },
    async find(familyId) {
      const family = await families.findOne({ _id: familyId });
      if (!family) return null;
      const { _id: id, ...rest } = family;
      return { id, ...rest };
    },
    async rotate({ id, fromHash, toHash, expiresAt }) {
      const { matchedCount } = await families.updateOne(
        { _id: id, currentHash: fromHash },
        { $set: { currentHash: toHash, expiresAt } },
      );
      return matchedCount === 1;
    },
    async end(familyId) {
      await families.deleteOne({ _id: familyId });
    },
    async endAllOf(userId) {
      await families.deleteMany({ userId });
    },
    async endOfMember(userId, teamId) {
      await families.deleteMany({ userId, teamId });
    },
  };
}
