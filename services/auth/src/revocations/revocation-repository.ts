import type { Revocation } from '@sluice/contracts';
import type { Db } from 'mongodb';

/** Longer than an access token lives: 15 minutes. */
const SESSION_MS = 20 * 60 * 1000;
/** Longer than a gateway remembers an API token: a minute. Auth itself knows it no more. */
const TOKEN_MS = 2 * 60 * 1000;

type StoredRevocation = {
  _id: string;
  expiresAt: Date;
  userId?: string;
  teamId?: string;
  notBefore?: Date;
  tokenId?: string;
  sessionId?: string;
};

/** One document a user and team, a token, or a session: revoking again moves it, and never back in time. */
export type RevocationRepository = {
  ensureIndexes(): Promise<void>;
  insert(revocation: Revocation, now: Date): Promise<void>;
  /** Those after the cursor of an earlier page; `nextCursor` is null where no more follow. */
  list(
    page: { after: string | undefined; limit: number },
    now: Date,
  ): Promise<{ items: Revocation[]; nextCursor: string | null }>;
};

export function revocationRepository(db: Db): RevocationRepository {
  const revocations = db.collection<StoredRevocation>('revocations');
  return {
    async ensureIndexes() {
      await revocations.createIndex({ expiresAt: 1 }, { expireAfterSeconds: 0 });
    },
    async insert(revocation, now) {
      const expiresAt = new Date(now.getTime() + ('tokenId' in revocation ? TOKEN_MS : SESSION_MS));
      if (!('userId' in revocation)) {
        const _id =
          'tokenId' in revocation ? `token:${revocation.tokenId}` : `session:${revocation.sessionId}`;
        await revocations.updateOne({ _id }, { $set: revocation, $max: { expiresAt } }, { upsert: true });
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
    async list({ after, limit }, now) {
      const found = await revocations
        // MongoDB removes what has expired once a minute.
        .find({ expiresAt: { $gt: now }, ...(after !== undefined && { _id: { $gt: after } }) })
        .sort({ _id: 1 })
        .limit(limit + 1)
        .toArray();
      const page = found.slice(0, limit);
      const nextCursor = found.length > limit ? (page.at(-1)?._id ?? null) : null;
      return { items: page.flatMap(revocationOf), nextCursor };
    },
  };
}

function revocationOf(stored: StoredRevocation): Revocation[] {
  const { userId, teamId, notBefore, tokenId, sessionId } = stored;
  if (tokenId !== undefined) return [{ tokenId }];
  if (sessionId !== undefined) return [{ sessionId }];
  if (userId === undefined || notBefore === undefined) return [];
  return [{ userId, ...(teamId !== undefined && { teamId }), notBefore: notBefore.toISOString() }];
}
