import type { Db } from 'mongodb';
import { isDuplicate } from '../database.ts';
import type { Account, Membership, Team, User } from './decide-account.ts';

type Stored<T extends { id: string }> = Omit<T, 'id'> & { _id: string };

/** Every form of a bcrypt hash, as a range: a partial index cannot be made of a pattern. */
const BCRYPT = { $gte: '$2a$', $lt: '$2z' };

/** Users, teams and who belongs where. */
export type AccountRepository = {
  ensureIndexes(): Promise<void>;
  /** False, with nothing left behind, when the address is taken. */
  insert(account: Account): Promise<boolean>;
  findUserByEmail(email: string): Promise<User | null>;
  /** Ends all sessions of a user at once, by the next epoch. */
  nextEpoch(userId: string): Promise<void>;
  /** Replaces a hash by one of the same password; nothing happens when somebody else replaced it first. */
  rehash(change: { userId: string; fromHash: string; toHash: string }): Promise<void>;
  /** Replaces the password, and ends all sessions; false when somebody else replaced it first. */
  changePassword(change: { userId: string; fromHash: string; toHash: string }): Promise<boolean>;
  /** The hash of any imported user who has not logged in yet. */
  findImportedHash(): Promise<string | null>;
  /** The user in one team, or in the one it joined first; null when user, team or membership is gone, or on its way. */
  findAccount(userId: string, teamId?: string): Promise<Account | null>;
};

export function accountRepository(db: Db): AccountRepository {
  const users = db.collection<Stored<User>>('users');
  const teams = db.collection<Stored<Team> & { deletingAt?: Date }>('teams');
  const memberships = db.collection<
    Omit<Membership, 'userId' | 'teamId'> & { userId: string; teamId: string }
  >('memberships');

  return {
    async ensureIndexes() {
      await users.createIndexes([
        { key: { email: 1 }, unique: true },
        { key: { passwordHash: 1 }, partialFilterExpression: { passwordHash: BCRYPT } },
      ]);
      await memberships.createIndexes([
        { key: { userId: 1, teamId: 1 }, unique: true },
        { key: { teamId: 1 } },
      ]);
    },

    // The user comes last, and is what makes the account exist: a crash before it leaves a team and a
    // membership that nobody can reach, and the address free. So no transaction is needed.
    async insert({ user, team, membership }) {
      await teams.insertOne(toStored(team));
      await memberships.insertOne({ ...membership });
      try {
        await users.insertOne(toStored(user));
        return true;
      } catch (error) {
        if (!isDuplicate(error)) throw error;
        await memberships.deleteOne({ userId: user.id, teamId: team.id });
        await teams.deleteOne({ _id: team.id });
        return false;
      }
    },

    async findUserByEmail(email) {
      const user = await users.findOne({ email });
      return user && fromStored<User>(user);
    },

    async nextEpoch(userId) {
      await users.updateOne({ _id: userId }, { $inc: { sessionEpoch: 1 } });
    },

    async rehash({ userId, fromHash, toHash }) {
      await users.updateOne({ _id: userId, passwordHash: fromHash }, { $set: { passwordHash: toHash } });
    },

    async changePassword({ userId, fromHash, toHash }) {
      const { matchedCount } = await users.updateOne(
        { _id: userId, passwordHash: fromHash },
        { $set: { passwordHash: toHash }, $inc: { sessionEpoch: 1 } },
      );
      return matchedCount === 1;
    },

    async findImportedHash() {
      const user = await users.findOne({ passwordHash: BCRYPT }, { projection: { passwordHash: 1 } });
      return user?.passwordHash ?? null;
    },

    async findAccount(userId, teamId) {
      const joined = await memberships
        .find(teamId === undefined ? { userId } : { userId, teamId })
        .sort({ createdAt: 1, _id: 1 })
        .project<Membership>({ _id: 0 })
        .toArray();
      if (joined.length === 0) return null;
      const ids = joined.map((membership) => membership.teamId);
      const [user, usable] = await Promise.all([
        users.findOne({ _id: userId }),
        teams.find({ _id: { $in: ids }, deletingAt: { $exists: false } }).toArray(),
      ]);
      const membership = joined.find(({ teamId: id }) => usable.some(({ _id }) => _id === id));
      const team = usable.find(({ _id }) => _id === membership?.teamId);
      return user && team && membership
        ? { user: fromStored<User>(user), team: fromStored<Team>(team), membership }
        : null;
    },
  };
}

function toStored<T extends { id: string }>({ id, ...rest }: T): Stored<T> {
  return { _id: id, ...rest };
}

function fromStored<T extends { id: string }>({ _id, ...rest }: Stored<T>) {
  return { id: _id, ...rest };
}
