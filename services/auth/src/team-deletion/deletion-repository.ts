import type { Actor, Removed } from '@sluice/contracts';
import type { Db } from 'mongodb';
import type { Team } from '../accounts/decide-account.ts';

/** A deletion that is under way. It stands on the team, whose document goes last. */
export type Deletion = { actor: Actor; requestId: string; removed: Removed };

/** A team that is gone, for as long as somebody who was held up may still write for it. */
export type DeletedTeam = Pick<Deletion, 'actor' | 'requestId'> & { teamId: string; sweepAt: Date };

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
  /** Has a deleted team swept once more at a moment. */
  sweepAgain(team: DeletedTeam): Promise<void>;
  /** Those whose moment has come; at most 100. */
  dueForSweep(now: Date): Promise<DeletedTeam[]>;
  forget(teamId: string): Promise<void>;
};

type TeamDocument = Omit<Team, 'id'> & {
  _id: string;
  deletingAt?: Date;
  deletion?: Deletion & { touchedAt: Date };
};

export function deletionRepository(db: Db): DeletionRepository {
  const teams = db.collection<TeamDocument>('teams');
  const aftermath = db.collection<Omit<DeletedTeam, 'teamId'> & { _id: string }>('teamAftermath');
  return {
    async ensureIndexes() {
      await teams.createIndex({ deletingAt: 1 }, { sparse: true });
      await aftermath.createIndex({ sweepAt: 1 });
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
    async sweepAgain({ teamId, ...team }) {
      await aftermath.replaceOne({ _id: teamId }, team, { upsert: true });
    },
    async dueForSweep(now) {
      const found = await aftermath.find({ sweepAt: { $lte: now } }, { limit: 100 }).toArray();
      return found.map(({ _id: teamId, ...team }) => ({ teamId, ...team }));
    },
    async forget(teamId) {
      await aftermath.deleteOne({ _id: teamId });
    },
  };
}
