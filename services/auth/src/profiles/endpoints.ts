import {
  createProfile,
  getProfile,
  getSealedProfile,
  listProfiles,
  newId,
  profileChangedSchema,
  profileChangedSubject,
} from '@sluice/contracts';
import { originOf, type SealingPublicKey, seal } from '@sluice/sealing';
import type { Announce } from '../announcing.ts';
import type { Answer } from '../answering.ts';
import { decidePage, decodeCursor } from './decide-page.ts';
import { decideBaseUrl, decideProfile, profileNotFound } from './decide-profile.ts';
import type { ProfileRepository } from './profile-repository.ts';
import { profileView, sealedProfileView } from './views.ts';

export type ProfileDeps = {
  profiles: ProfileRepository;
  /** What new provider keys are sealed to. */
  sealingKey: SealingPublicKey;
  allowedHosts: readonly string[];
  now: () => Date;
  announce: Announce;
};

const CHANGED_TEMPLATE = profileChangedSubject('{team}', '{profile}');

/** Answers `auth.profiles.create`, `.list`, `.get` and `.sealed`. */
export function serveProfiles(answer: Answer, deps: ProfileDeps): void {
  const { profiles } = deps;

  const found = async ({ teamId, profileId }: { teamId: string; profileId: string }) => {
    const profile = await profiles.find(teamId, profileId);
    if (!profile) throw profileNotFound();
    return profile;
  };

  answer(createProfile, async ({ teamId, body }, { requestId }) => {
    const baseUrl = decideBaseUrl(body, deps.allowedHosts);
    const id = newId();
    const binding = {
      team: teamId,
      profile: id,
      slot: 'chat',
      provider: body.provider,
      origin: originOf(baseUrl),
    } as const;
    const sealedKey = await seal(deps.sealingKey, binding, body.apiKey);
    const profile = decideProfile({ id, teamId, body, baseUrl, sealedKey, now: deps.now() });
    await profiles.insert(profile);
    const changed = profileChangedSchema.parse({ v: 1, teamId, profileId: id, version: profile.version });
    await deps.announce(profileChangedSubject(teamId, id), CHANGED_TEMPLATE, changed, requestId);
    return profileView(profile);
  });

  answer(listProfiles, async ({ teamId, query: { cursor, limit } }) => {
    const after = cursor === undefined ? null : decodeCursor(cursor);
    const page = decidePage(await profiles.list(teamId, { after, limit: limit + 1 }), limit);
    return { items: page.items.map(profileView), nextCursor: page.nextCursor };
  });

  answer(getProfile, async (request) => profileView(await found(request)));
  answer(getSealedProfile, async (request) => sealedProfileView(await found(request)));
}
