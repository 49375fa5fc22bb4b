import type { Db } from 'mongodb';
import { olderThan } from '../paging/beyond.ts';
import type { PagePosition } from '../paging/decide-page.ts';
import type { StoredApiToken } from './decide-api-token.ts';

export type ApiTokenRepository = {
  ensureIndexes(): Promise<void>;
  insert(token: StoredApiToken): Promise<void>;
  find(tokenId: string): Promise<StoredApiToken | null>;
  /** Newest first; those older than `after` when it is given. */
  list(teamId: string, page: { after: PagePosition | null; limit: number }): Promise<StoredApiToken[]>;
  /** All of a team, or those that one user made in it. */
  idsOf(whose: { teamId: string; userId?: string }): Promise<string[]>;
  /** False when the team has no such token (any more). */
  remove(teamId: string, tokenId: string): Promise<boolean>;
  recordUse(tokenId: string, at: Date): Promise<void>;
};

type ApiTokenDocument = Omit<StoredApiToken, 'id'> & { _id: string };

export function apiTokenRepository(db: Db): ApiTokenRepository {
  const tokens = db.collection<ApiTokenDocument>('api_tokens');
  return {
    async ensureIndexes() {
      await tokens.createIndex({ teamId: 1, createdAt: -1, _id: -1 });
    },
    async insert({ id, ...token }) {
      await tokens.insertOne({ _id: id, ...token });
    },
    async find(tokenId) {
      const found = await tokens.findOne({ _id: tokenId });
      return found && fromDocument(found);
    },
    async list(teamId, { after, limit }) {
      const found = tokens.find({ teamId, ...olderThan(after) }).sort({ createdAt: -1, _id: -1 });
      return (await found.limit(limit).toArray()).map(fromDocument);
    },
    async idsOf({ teamId, userId }) {
      const filter = { teamId, ...(userId !== undefined && { createdBy: userId }) };
      const found = await tokens.find(filter, { projection: { _id: 1 } }).toArray();
      return found.map(({ _id }) => _id);
    },
    async remove(teamId, tokenId) {
      const { deletedCount } = await tokens.deleteOne({ _id: tokenId, teamId });
      return deletedCount === 1;
    },
    async recordUse(tokenId, at) {
      // Whoever asks waits for it; and a record that a crash takes back does no harm, so it waits for no journal.
      const unsafe = { writeConcern: { w: 1, journal: false } };
      await tokens.updateOne({ _id: tokenId }, { $max: { lastUsedAt: at } }, unsafe);
    },
  };
}

function fromDocument({ _id, ...rest }: ApiTokenDocument): StoredApiToken {
  return { id: _id, ...rest };
}
