import { getProfile, getSealedProfile, listProfiles, resolveProfile } from '@sluice/contracts';
import type { Answer } from '../answering.ts';
import { decidePage, decodeCursor } from '../paging/decide-page.ts';
import { serveProfileChanges } from './change-profile.ts';
import { serveProfileCreation } from './create-profile.ts';
import { decideNamed, namesIn } from './decide-named.ts';
import { serveProfileDeletion } from './delete-profile.ts';
import { foundProfile, type ProfileDeps } from './profile-deps.ts';
import { serveSealingKey } from './sealing-key.ts';
import { profileView, sealedProfileView } from './views.ts';

/** Answers `auth.profiles.*` and `auth.keys.sealing`. */
export function serveProfiles(answer: Answer, deps: ProfileDeps): void {
  serveSealingKey(answer, deps);
  serveProfileCreation(answer, deps);
  serveProfileChanges(answer, deps);
  serveProfileDeletion(answer, deps);

  answer(listProfiles, async ({ teamId, query: { cursor, limit } }) => {
    const after = cursor === undefined ? null : decodeCursor(cursor);
    const page = decidePage(await deps.profiles.list(teamId, { after, limit: limit + 1 }), limit);
    return { items: page.items.map(profileView), nextCursor: page.nextCursor };
  });

  answer(getProfile, async (request) => profileView(await foundProfile(deps, request)));
  answer(resolveProfile, async ({ teamId, model }) => {
    const { profile, ...rest } = decideNamed(model, await deps.profiles.named(teamId, namesIn(model)));
    return { profile: profileView(profile), ...rest };
  });
  answer(getSealedProfile, async (request) => sealedProfileView(await foundProfile(deps, request)));
}
