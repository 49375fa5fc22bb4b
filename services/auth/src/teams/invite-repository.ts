import type { Db } from 'mongodb';
import { olderThan } from '../paging/beyond.ts';
import type { PagePosition } from '../paging/decide-page.ts';
import type { StoredInvite } from './decide-invite.ts';

export type InviteRepository = {
  ensureIndexes(): Promise<void>;
  insert(invite: StoredInvite): Promise<void>;
  findByHash(codeHash: string): Promise<StoredInvite | null>;
  countOpen(teamId: string, now: Date): Promise<number>;
  /** Open ones, newest first; those older than `after` when it is given. */
  listOpen(
    teamId: string,
    page: { after: PagePosition | null; limit: number; now: Date },
  ): Promise<StoredInvite[]>;
  /** Keeps an invite for one user: true for the first who asks, and for them again. */
  claim(inviteId: string, userId: string): Promise<boolean>;
  /** False when there is none that is open. */
  revoke(teamId: string, inviteId: string): Promise<boolean>;
  delete(inviteId: string): Promise<void>;
  /** Open ones that this member made. */
  openOfMaker(teamId: string, userId: string, now: Date): Promise<string[]>;
  /** What a member who is gone made, or had begun to accept. */
  deleteOfMember(teamId: string, userId: string): Promise<void>;
};

type InviteDocument = Omit<StoredInvite, 'id'> & { _id: string };

export function inviteRepository(db: Db): InviteRepository {
  const invites = db.collection<InviteDocument>('invites');
  const open = (teamId: string, now: Date) => ({ teamId, acceptedBy: null, expiresAt: { $gt: now } });
  return {
    async ensureIndexes() {
      await invites.createIndexes([
        { key: { codeHash: 1 }, unique: true },
        { key: { teamId: 1, createdAt: -1, _id: -1 } },
        { key: { expiresAt: 1 }, expireAfterSeconds: 0 },
      ]);
    },
    async insert({ id, ...invite }) {
      await invites.insertOne({ _id: id, ...invite });
    },
    async findByHash(codeHash) {
      const found = await invites.findOne({ codeHash });
      return found && fromDocument(found);
    },
    countOpen: (teamId, now) => invites.countDocuments(open(teamId, now)),
    async listOpen(teamId, { after, limit, now }) {
      const filter = { ...open(teamId, now), ...olderThan(after) };
      const found = invites.find(filter).sort({ createdAt: -1, _id: -1 });
      return (await found.limit(limit).toArray()).map(fromDocument);
    },
    async claim(inviteId, userId) {
      const { matchedCount } = await invites.updateOne(
        { _id: inviteId, acceptedBy: { $in: [null, userId] } },
        { $set: { acceptedBy: userId } },
      );
      return matchedCount === 1;
    },
    async revoke(teamId, inviteId) {
      const { deletedCount } = await invites.deleteOne({ _id: inviteId, teamId, acceptedBy: null });
      return deletedCount === 1;
    },
    async delete(inviteId) {
      await invites.deleteOne({ _id: inviteId });
    },
    async openOfMaker(teamId, createdBy, now) {
      const filter = { ...open(teamId, now), createdBy };
      const found = await invites.find(filter, { projection: { _id: 1 } }).toArray();
      return found.map(({ _id }) => _id);
    },
    async deleteOfMember(teamId, userId) {
      await invites.deleteMany({ teamId, $or: [{ createdBy: userId }, { acceptedBy: userId }] });
    },
  };
}

function fromDocument({ _id, ...rest }: InviteDocument): StoredInvite {
  return { id: _id, ...rest };
}
