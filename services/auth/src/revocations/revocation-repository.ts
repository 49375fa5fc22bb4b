import type { Revocation } from '@sluice/contracts';
import type { Db } from 'mongodb';

/** Longer than an access token lives (15 minutes), and than a gateway remembers an API token. */
const REVOCATION_MS = 20 * 60 * 1000;

type StoredRevocation = {
  _id: string;
  expiresAt: Date;
  userId?: string;
  teamId?: string;
  notBefore?: Date;
  tokenId?: string;
};

/** One document a user and team, or a token: revoking again moves it, and never back in time. */
export type RevocationRepository = {
  ensureIndexes(): Promise<void>;
  insert(revocation: Revocation, now: Date): Promise<void>;
  list(now: Date): Promise<Revocation[]>;
};

export function revocationRepository(db: Db): RevocationRepository {
  const revocations = db.collection<StoredRevocation>('revocations');
  return {
    async ensureIndexes() {
      await revocations.createIndex({ expiresAt: 1 }, { expireAfterSeconds: 0 });
    },
    async insert(revocation, now) {
      const expiresAt = new Date(now.getTime() + REVOCATION_MS);
      if ('tokenId' in revocation) {
        const { tokenId } = revocation;
        await revocations.updateOne(
          { _id: `token:${tokenId}` },
          { $set: { tokenId }, $max: { expiresAt } },
          { upsert: true },
        );
        return;
      }
      const { userId, teamId, notBefore } = revocation;
      await revocations.updateOne(
        { _id: `user:${userId}:${teamId ?? '*'}` },
        {
          $set: { userId, ...(teamId !== undefined && { teamId }) },
          $max: { expiresAt, notBefore: new Date(notBefore) },
        },
        { upsert: true },
      );
    },
    async list(now) {
      // MongoDB removes what has expired once a minute.
      const found = await revocations.find({ expiresAt: { $gt: now } }).toArray();
      return found.flatMap(revocationOf);
    },
  };
}

function revocationOf({ userId, teamId, notBefore, tokenId }: StoredRevocation): Revocation[] {
  if (tokenId !== undefined) return [{ tokenId }];
  if (userId === undefined || notBefore === undefined) return [];
  return [{ userId, ...(teamId !== undefined && { teamId }), notBefore: notBefore.toISOString() }];
}
