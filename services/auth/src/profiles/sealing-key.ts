import { getSealingKey, newId, type SealingKey } from '@sluice/contracts';
import { SUITE } from '@sluice/sealing';
import type { Answer } from '../answering.ts';
import { requireStanding } from '../teams/require-standing.ts';
import { foundProfile, type ProfileDeps } from './profile-deps.ts';

/** How long an id is kept for the profile to come, in milliseconds. */
const RESERVED_MS = 3_600_000;

/** Answers `auth.keys.sealing`. */
export function serveSealingKey(answer: Answer, deps: ProfileDeps): void {
  const { reservations, sealingKeys, requireOwner, now } = deps;

  const reserve = async (teamId: string): Promise<string> => {
    const profileId = newId();
    await reservations.insert({ profileId, teamId, expiresAt: new Date(now().getTime() + RESERVED_MS) });
    await requireStanding(deps, teamId, () => reservations.remove(profileId));
    return profileId;
  };

  answer(getSealingKey, async ({ actor, query }): Promise<SealingKey> => {
    await requireOwner(actor);
    const { teamId } = actor;
    const { profileId: named } = query;
    const profileId =
      named === undefined
        ? await reserve(teamId)
        : (await foundProfile(deps, { teamId, profileId: named })).id;
    const [{ keyId, publicKey }] = sealingKeys;
    return { keyId, suite: SUITE, publicKey, profileId };
  });
}
