import { type Actor, AppError, deleteProfile } from '@sluice/contracts';
import type { Answer } from '../answering.ts';
import { isFallbackOf } from './decide-fallbacks.ts';
import type { StoredProfile } from './decide-profile.ts';
import { decideVersion } from './decide-version.ts';
import { announceChange, foundProfile, type ProfileDeps } from './profile-deps.ts';

const TRIES = 20;

/** Answers `auth.profiles.delete`. */
export function serveProfileDeletion(answer: Answer, deps: ProfileDeps): void {
  answer(deleteProfile, async ({ actor, profileId, ifVersion }, { requestId }) => {
    await deps.requireOwner(actor);
    const { teamId } = actor;
    for (let tried = 0; tried < TRIES; tried += 1) {
      const profile = await foundProfile(deps, { teamId, profileId });
      decideVersion(profile.version, ifVersion);
      const others = await deps.profiles.fallingBackTo(teamId, profileId);
      if (others.length > 0) throw isFallbackOf(others);
      if (await removed(deps, profile, actor, requestId)) return {};
    }
    throw new AppError('unavailable', 'The profile is being changed by many at once; try again.');
  });
}

/** False when the profile changed since it was read. */
async function removed(
  deps: ProfileDeps,
  profile: StoredProfile,
  actor: Actor,
  requestId: string,
): Promise<boolean> {
  const { id, teamId, name, version } = profile;
  const target = { kind: 'profile', id } as const;
  const overtaken = new Error('the profile was changed in between');
  try {
    await deps.audit(
      { actor, teamId, action: 'profile.deleted', target, details: { name }, requestId },
      async () => {
        if (!(await deps.profiles.remove(profile))) throw overtaken;
      },
    );
  } catch (error) {
    if (error === overtaken) return false;
    throw error;
  }
  await announceChange(deps, { id, teamId, version: version + 1 }, requestId);
  return true;
}
