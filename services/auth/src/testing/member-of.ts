import { type Actor, newId, type Role } from '@sluice/contracts';
import type { AuthUnderTest } from './auth-under-test.ts';

/** A member of a team, a new one unless it is named, as other services name who asks. */
export async function memberOf(
  { db }: Pick<AuthUnderTest, 'db'>,
  { teamId = newId(), role = 'owner' }: { teamId?: string; role?: Role } = {},
): Promise<Actor> {
  const userId = newId();
  await db
    .collection<{ _id: string }>('teams')
    .updateOne({ _id: teamId }, { $setOnInsert: { name: 'Team', createdAt: new Date() } }, { upsert: true });
  await db.collection('memberships').insertOne({ userId, teamId, role, createdAt: new Date() });
  return { userId, teamId, address: '127.0.0.1' };
}
