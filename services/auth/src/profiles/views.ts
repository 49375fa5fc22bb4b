import type { Profile, SealedProfile } from '@sluice/contracts';
import type { StoredProfile } from './decide-profile.ts';

/** A profile as clients see it: without its team and its keys. */
export function profileView({ teamId: _team, sealedKey: _key, image, ...profile }: StoredProfile): Profile {
  const { createdAt, updatedAt } = profile;
  const { sealedKey: _imageKey, ...shownImage } = image ?? {};
  return {
    ...profile,
    ...(image && { image: shownImage }),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

/** A profile as runners see it. */
export function sealedProfileView(profile: StoredProfile): SealedProfile {
  const { createdAt, updatedAt } = profile;
  return { ...profile, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}
