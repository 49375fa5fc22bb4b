import { profileChangedSchema, profileChangedSubject } from '@sluice/contracts';
import type { Announce } from '../announcing.ts';
import type { Audit } from '../audit/audit.ts';
import type { OwnerCheck } from '../teams/require-rank.ts';
import type { TeamRepository } from '../teams/team-repository.ts';
import { requireAll } from './decide-fallbacks.ts';
import { profileNotFound, type StoredProfile } from './decide-profile.ts';
import type { ProfileRepository } from './profile-repository.ts';
import type { ReservationRepository } from './reservation-repository.ts';
import type { SealingKeys } from './seal-slots.ts';

export type ProfileDeps = {
  profiles: ProfileRepository;
  teams: Pick<TeamRepository, 'find'>;
  reservations: ReservationRepository;
  /** New provider keys are sealed to the first; clients may have sealed to any. */
  sealingKeys: SealingKeys;
  allowedHosts: readonly string[];
  requireOwner: OwnerCheck;
  audit: Audit;
  now: () => Date;
  announce: Announce;
};

/** Throws AppError `not_found`, also for another team's. */
export async function foundProfile(
  { profiles }: Pick<ProfileDeps, 'profiles'>,
  { teamId, profileId }: { teamId: string; profileId: string },
): Promise<StoredProfile> {
  const profile = await profiles.find(teamId, profileId);
  if (!profile) throw profileNotFound();
  return profile;
}

/** Throws AppError `not_found` unless all are profiles of the team. */
export async function requireFallbacks(
  { profiles }: Pick<ProfileDeps, 'profiles'>,
  teamId: string,
  wanted: readonly string[],
): Promise<void> {
  if (wanted.length > 0) requireAll(wanted, await profiles.existing(teamId, wanted));
}

const CHANGED_TEMPLATE = profileChangedSubject('{team}', '{profile}');

/** Tells every cache to drop what it holds of a profile; to be called after the write. */
export async function announceChange(
  { announce }: Pick<ProfileDeps, 'announce'>,
  { id, teamId, version }: Pick<StoredProfile, 'id' | 'teamId' | 'version'>,
  requestId: string,
): Promise<void> {
  const changed = profileChangedSchema.parse({ v: 1, teamId, profileId: id, version });
  await announce(profileChangedSubject(teamId, id), CHANGED_TEMPLATE, changed, requestId);
}
