import type { Command, SealedProfile } from '@sluice/contracts';

/** The model to ask a profile for. One that the caller named is of the profile they named, not of its fallbacks. */
export function modelFor(
  { aiProfileId, model }: Pick<Command, 'aiProfileId' | 'model'>,
  profile: Pick<SealedProfile, 'id' | 'model'>,
): string {
  return model !== undefined && profile.id === aiProfileId ? model : profile.model;
}
