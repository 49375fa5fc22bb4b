import { teamNotFound } from './decide-member.ts';
import type { TeamRepository } from './team-repository.ts';

/**
 * To be called after something was inserted for a team: whoever was held up between the look at the rank and the
 * insert may come after the deletion has swept. Either this sees the deletion, or the insert came before its mark and
 * is swept. Takes the insert back and throws AppError `not_found` where the team is gone or going.
 */
export async function requireStanding(
  { teams }: { teams: Pick<TeamRepository, 'find'> },
  teamId: string,
  takeBack: () => Promise<unknown>,
): Promise<void> {
  if (await teams.find(teamId)) return;
  await takeBack();
  throw teamNotFound();
}
