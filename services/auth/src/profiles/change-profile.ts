import { type Actor, AppError, changeProfile, type ProfilePatch } from '@sluice/contracts';
import type { Answer } from '../answering.ts';
import { decideBaseUrl } from './decide-address.ts';
import { changedFields, decideSettings } from './decide-change.ts';
import { decideFallbacks } from './decide-fallbacks.ts';
import { profileOf, type StoredProfile, settingsOf } from './decide-profile.ts';
import { decideVersion } from './decide-version.ts';
import { announceChange, foundProfile, type ProfileDeps, requireFallbacks } from './profile-deps.ts';
import { sealSlots } from './seal-slots.ts';
import { profileView } from './views.ts';

/** So many others would have to change one profile between our reading and our writing, one after the other. */
const TRIES = 20;
/** What an audit entry takes. */
const DETAIL_LENGTH = 512;

type Change = {
  actor: Actor;
  profileId: string;
  ifVersion?: number[] | undefined;
  patch: ProfilePatch;
  requestId: string;
};

/** Answers `auth.profiles.change`. */
export function serveProfileChanges(answer: Answer, deps: ProfileDeps): void {
  answer(changeProfile, async (request, { requestId }) => {
    await deps.requireOwner(request.actor);
    for (let tried = 0; tried < TRIES; tried += 1) {
      const profile = await tryChange(deps, { ...request, requestId });
      if (profile) return profileView(profile);
    }
    throw new AppError('unavailable', 'The profile is being changed by many at once; try again.');
  });
}

/**
 * Reads, decides, and writes on the condition that the profile is still what was read; null when it is not. A patch
 * that changes nothing keeps the version.
 */
async function tryChange(deps: ProfileDeps, change: Change): Promise<StoredProfile | null> {
  const { actor, profileId, ifVersion, patch, requestId } = change;
  const { teamId } = actor;
  const before = await foundProfile(deps, { teamId, profileId });
  decideVersion(before.version, ifVersion);
  const after = await changedProfile(deps, before, patch);
  const fields = [
    ...changedFields(settingsOf(before), settingsOf(after)),
    ...(before.sealedKey === after.sealedKey ? [] : ['apiKey']),
    ...(before.image?.sealedKey === after.image?.sealedKey ? [] : ['image.apiKey']),
  ].join(', ');
  if (fields === '') return before;

  const target = { kind: 'profile', id: profileId } as const;
  const details = {
    fields: fields.slice(0, DETAIL_LENGTH),
    ...(before.baseUrl !== after.baseUrl && { origin: originChange(before, after) }),
  };
  try {
    await deps.audit({ actor, teamId, action: 'profile.changed', target, details, requestId }, async () => {
      if (!(await deps.profiles.replace(before, after))) throw OVERTAKEN;
    });
  } catch (error) {
    if (error === OVERTAKEN) return null;
    throw error;
  }
  await announceChange(deps, after, requestId);
  return after;
}

/** Where a key went before and goes from now on; a path or a query may hold what is nobody's business. */
function originChange(before: StoredProfile, after: StoredProfile): string {
  const [from, to] = [new URL(before.baseUrl).origin, new URL(after.baseUrl).origin];
  return `${from} → ${to}`.slice(0, DETAIL_LENGTH);
}

/** Takes the audit entry back with it. */
const OVERTAKEN = new Error('the profile was changed in between');

async function changedProfile(
  deps: ProfileDeps,
  before: StoredProfile,
  patch: ProfilePatch,
): Promise<StoredProfile> {
  const { id, teamId, createdAt } = before;
  const settings = decideSettings(settingsOf(before), patch);
  const baseUrl = decideBaseUrl(settings, deps.allowedHosts, before);
  if (patch.fallbackProfileIds) {
    decideFallbacks(id, patch.fallbackProfileIds, await deps.profiles.fallbacks(teamId));
    await requireFallbacks(deps, teamId, patch.fallbackProfileIds);
  }
  const keys = await sealSlots(deps.sealingKeys, {
    before,
    after: { id, teamId, settings, baseUrl },
    request: patch,
  });
  const identity = { id, teamId, version: before.version + 1, createdAt, updatedAt: deps.now() };
  return profileOf({ identity, settings, baseUrl, keys });
}
