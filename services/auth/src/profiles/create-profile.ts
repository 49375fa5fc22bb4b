import { type Actor, createProfile, newId, type ProfileBody, type ProfileSettings } from '@sluice/contracts';
import type { Answer } from '../answering.ts';
import { requireStanding } from '../teams/require-standing.ts';
import { decideBaseUrl } from './decide-address.ts';
import { decideFallbacks } from './decide-fallbacks.ts';
import { invalid, profileOf, type StoredProfile } from './decide-profile.ts';
import { announceChange, type ProfileDeps, requireFallbacks } from './profile-deps.ts';
import { sealSlots } from './seal-slots.ts';
import { profileView } from './views.ts';

/** Answers `auth.profiles.create`. */
export function serveProfileCreation(answer: Answer, deps: ProfileDeps): void {
  const { profiles, reservations, requireOwner, audit } = deps;

  answer(createProfile, async ({ actor, body }, { requestId }) => {
    await requireOwner(actor);
    const profile = await newProfile(deps, actor, body);
    const { id, teamId, provider, model } = profile;
    const target = { kind: 'profile', id } as const;
    const details = { provider, model };
    await audit({ actor, teamId, action: 'profile.created', target, details, requestId }, async () => {
      if (!(await profiles.insert(profile))) throw invalid({ path: 'profileId', message: 'has been used' });
      await requireStanding(deps, teamId, () => profiles.remove(profile));
    });
    // The profile holds its id from now on; a reservation that a crash leaves behind lets nobody in.
    if (body.profileId !== undefined) await reservations.remove(id);
    await announceChange(deps, profile, requestId);
    return profileView(profile);
  });
}

async function newProfile(deps: ProfileDeps, { teamId }: Actor, body: ProfileBody): Promise<StoredProfile> {
  const id = await idFor(deps, teamId, body);
  const settings = settingsIn(body);
  const baseUrl = decideBaseUrl(settings, deps.allowedHosts);
  const fallbacks = settings.fallbackProfileIds ?? [];
  decideFallbacks(id, fallbacks, new Map());
  await requireFallbacks(deps, teamId, fallbacks);
  const keys = await sealSlots(deps.sealingKeys, {
    before: null,
    after: { id, teamId, settings, baseUrl },
    request: body,
  });
  const now = deps.now();
  const identity = { id, teamId, version: 1, createdAt: now, updatedAt: now };
  return profileOf({ identity, settings, baseUrl, keys });
}

/** A key that the client sealed is bound to the profile's id, which it must have had from us. */
async function idFor(deps: ProfileDeps, teamId: string, body: ProfileBody): Promise<string> {
  const { profileId } = body;
  if (profileId === undefined) {
    if (!body.sealedKey && !body.image?.sealedKey) return newId();
    throw invalid({ path: 'profileId', message: 'is required with a sealed key; GET /api/keys/sealing' });
  }
  if (await deps.reservations.holds(teamId, profileId, deps.now())) return profileId;
  throw invalid({ path: 'profileId', message: 'is not reserved for this team, or no longer' });
}

function settingsIn(body: ProfileBody): ProfileSettings {
  const { apiKey: _key, sealedKey: _sealed, profileId: _id, image, ...settings } = body;
  if (image === undefined) return settings;
  const { apiKey: _imageKey, sealedKey: _imageSealed, ...imageSettings } = image;
  return { ...settings, image: imageSettings };
}
