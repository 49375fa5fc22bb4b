import type { Collection, Db } from 'mongodb';

/** A team that is deleted, for as long as something of it may still turn up. */
type DeletedTeam = { _id: string; deletedAt: Date; sweepAt: Date };
export type DeletedTeams = Collection<DeletedTeam>;

/**
 * How long somebody may go on with what they had begun for the team, in milliseconds: a gateway that has not heard
 * takes access tokens for 15 minutes, a provider call is shorter (AI_REQUEST_TIMEOUT_MS).
 */
export const AFTERMATH_MS = 20 * 60 * 1000;

export function deletedTeamsCollection(db: Db): DeletedTeams {
  return db.collection<DeletedTeam>('deletedTeams', { writeConcern: { w: 'majority', journal: true } });
}

/** From now on nothing of this team is projected. */
export async function noteDeleted(teams: DeletedTeams, teamId: string, now: Date): Promise<void> {
  await teams.updateOne(
    { _id: teamId },
    { $set: { sweepAt: new Date(now.getTime() + AFTERMATH_MS) }, $setOnInsert: { deletedAt: now } },
    { upsert: true },
  );
}

/** Which of these teams are deleted. */
export async function deletedAmong(teams: DeletedTeams, teamIds: readonly string[]): Promise<Set<string>> {
  const found = await teams.find({ _id: { $in: [...teamIds] } }, { projection: { _id: 1 } }).toArray();
  return new Set(found.map(({ _id }) => _id));
}
