import type { Actor, Removed } from '@sluice/contracts';
import type { Db } from 'mongodb';
import type { Team } from '../accounts/decide-account.ts';

/** A deletion that is under way. It stands on the team, whose document goes last. */
export type Deletion = { actor: Actor; requestId: string; removed: Removed };

/** Teams that are being deleted: from the mark on nobody can use them. */
export type DeletionRepository = {
  ensureIndexes(): Promise<void>;
  findTeam(teamId: string): Promise<(Team & { deletion: Deletion | null }) | null>;
  /** False when the team is gone, is being deleted, or has another name by now. */
  begin(team: { id: string; name: string }, deletion: Deletion, now: Date): Promise<boolean>;
  /** Adds to what was removed; null when the deletion is over. */
  add(teamId: string, removed: Partial<Removed>, now: Date): Promise<Removed | null>;
  /** Those that nobody has worked on since a moment. */
  abandoned(since: Date): Promise<string[]>;
  /** The team itself. False when somebody else was first. */
  finish(teamId: string): Promise<boolean>;
};

type TeamDocument = Omit<Team, 'id'> & {
  _id: string;
  deletingAt?: Date;
  deletion?: Deletion & { touchedAt: Date };
};

export function deletionRepository(db: Db): DeletionRepository {
  const teams = db.collection<TeamDocument>('teams');
  return {
    async ensureIndexes() {
      await teams.createIndex({ deletingAt: 1 }, { sparse: true });
    },
    async findTeam(teamId) {
      const found = await teams.findOne({ _id: teamId });
      if (!found) return null;
      const { _id: id, name, createdAt, deletion } = found;
      return { id, name, createdAt, deletion: deletion ?? null };
    },
    async begin({ id, name }, deletion, now) {
      const { matchedCount } = await teams.updateOne(
        { _id: id, name, deletingAt: { $exists: false } },
        { $set: { deletingAt: now, deletion: { ...deletion, touchedAt: now } } },
      );
      return matchedCount === 1;
    },
    async add(teamId, removed, now) {
      const counts = Object.entries(removed).filter(([, count]) => count > 0);
      const found = await teams.findOneAndUpdate(
        { _id: teamId, deletingAt: { $exists: true } },
        {
          $set: { 'deletion.touchedAt': now },
          ...(counts.length > 0 && {
            $inc: Object.fromEntries(counts.map(([what, count]) => [`deletion.removed.${what}`, count])),
          }),
        },
        { returnDocument: 'after' },
      );
      return found?.deletion?.removed ?? null;
    },
    async abandoned(since) {
      const found = await teams
        .find(
          { deletingAt: { $exists: true }, 'deletion.touchedAt': { $lt: since } },
          { projection: { _id: 1 } },
        )
        .toArray();
      return found.map(({ _id }) => _id);
    },
    async finish(teamId) {
      const { deletedCount } = await teams.deleteOne({ _id: teamId, deletingAt: { $exists: true } });
      return deletedCount === 1;
    },
  };
}
