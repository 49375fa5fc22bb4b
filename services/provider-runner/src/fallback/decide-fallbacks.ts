import type { SealedProfile } from '@sluice/contracts';

/** The profiles that a job tries after this one in the same round, in order; none after one that is not its own. */
export function fallbacksAfter(
  own: Pick<SealedProfile, 'id' | 'fallbackProfileIds'>,
  aiProfileId: string,
): readonly string[] {
  const fallbacks = [...new Set(own.fallbackProfileIds)].filter((id) => id !== own.id);
  if (aiProfileId === own.id) return fallbacks;
  const place = fallbacks.indexOf(aiProfileId);
  return place === -1 ? [] : fallbacks.slice(place + 1);
}
