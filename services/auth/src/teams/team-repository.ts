import type { Actor, Role } from '@sluice/contracts';
import type { Db } from 'mongodb';
import type { Membership, Team } from '../accounts/decide-account.ts';
import { laterThan } from '../paging/beyond.ts';
import type { PagePosition } from '../paging/decide-page.ts';

/** What is being done to one member, and by whom. It stands on the team until it is done; `role` null removes them. */
export type PendingChange = { userId: string; role: Role | null; by: Actor; revision: number };

/** `revision` counts what was done to the team's members; teams that were only registered have none yet. */
export type TeamState = { team: Team; revision: number | null; change: PendingChange | null };

export type TeamRepository = {
  ensureIndexes(): Promise<void>;
  /** The team before its first owner: a crash between the two leaves a team that nobody can reach. */
  insert(team: Team, owner: Membership): Promise<void>;
  /** Takes back a team that was just inserted, the membership first. */
  takeBack(teamId: string): Promise<void>;
  rename(teamId: string, name: string): Promise<Team | null>;
  find(teamId: string): Promise<TeamState | null>;
  /**
   * In the order of joining, by the team's id and the time of joining; those after `after` when it is given. `team` is
   * null where it is being deleted.
   */
  listOfUser(
    userId: string,
    page?: { after: PagePosition | null; limit: number },
  ): Promise<(PagePosition & { team: Team | null; role: Role })[]>;
  /** Writes down a change; false when the team is at another revision, has one pending, or is gone. */
  begin(teamId: string, seen: number | null, change: PendingChange): Promise<boolean>;
  /** Takes a change that is done off the team. */
  clear(teamId: string, revision: number): Promise<void>;
  /** A revision for somebody who joins, past every earlier change; null when the team is gone. */
  nextRevision(teamId: string): Promise<number | null>;
};

type TeamDocument = Omit<Team, 'id'> & {
  _id: string;
  revision?: number | null;
  change?: PendingChange | null;
  deletingAt?: Date;
};

export function teamRepository(db: Db): TeamRepository {
  const teams = db.collection<TeamDocument>('teams');
  const memberships = db.collection<Membership>('memberships');
  return {
    async ensureIndexes() {
      await memberships.createIndex({ teamId: 1, createdAt: 1, userId: 1 });
    },
    async insert({ id, ...team }, owner) {
      await teams.insertOne({ _id: id, ...team });
      await memberships.insertOne({ ...owner });
    },
    async takeBack(teamId) {
      await memberships.deleteMany({ teamId });
      await teams.deleteOne({ _id: teamId });
    },
    async rename(teamId, name) {
      const found = await teams.findOneAndUpdate(
        inUse(teamId),
        { $set: { name } },
        { returnDocument: 'after' },
      );
      return found && teamOf(found);
    },
    async find(teamId) {
      const found = await teams.findOne(inUse(teamId));
      return found && { team: teamOf(found), revision: found.revision ?? null, change: found.change ?? null };
    },
    async listOfUser(userId, { after, limit } = { after: null, limit: 0 }) {
      // MongoDB takes a limit of 0 for none.
      const joined = await memberships
        .find({ userId, ...laterThan(after, 'teamId') })
        .sort({ createdAt: 1, teamId: 1 })
        .limit(limit)
        .toArray();
      const found = await teams.find(inUse({ $in: joined.map(({ teamId }) => teamId) })).toArray();
      const byId = new Map(found.map((document) => [document._id, teamOf(document)]));
      return joined.map(({ teamId: id, createdAt, role }) => ({
        ...{ id, createdAt, role },
        team: byId.get(id) ?? null,
      }));
    },
    async begin(teamId, seen, change) {
      // `null` matches a field that is not there, too.
      const { matchedCount } = await teams.updateOne(
        { ...inUse(teamId), revision: seen, change: null },
        { $set: { revision: change.revision, change } },
      );
      return matchedCount === 1;
    },
    async clear(teamId, revision) {
      await teams.updateOne({ _id: teamId, 'change.revision': revision }, { $unset: { change: 1 } });
    },
    async nextRevision(teamId) {
      const found = await teams.findOneAndUpdate(
        inUse(teamId),
        { $inc: { revision: 1 } },
        { returnDocument: 'after' },
      );
      return found?.revision ?? null;
    },
  };
}

/** Nobody can use a team from the moment its deletion is asked for. */
const inUse = <Id>(_id: Id) => ({ _id, deletingAt: { $exists: false } });

function teamOf({ _id: id, name, createdAt }: TeamDocument): Team {
  return { id, name, createdAt };
}
