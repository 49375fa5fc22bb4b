import { AppError } from '@sluice/contracts';
import type { StoredProfile } from './decide-profile.ts';

/** Of a profile's name, in UTF-16 units; ids are shorter. */
const LONGEST_NAME = 100;

/** A text and every part of it before a slash, longest first: what may be a profile's id or name. */
export function namesIn(model: string): string[] {
  const names = [model];
  for (let at = model.lastIndexOf('/'); at > 0; at = model.lastIndexOf('/', at - 1)) {
    if (at < model.length - 1) names.push(model.slice(0, at));
  }
  return names.filter(({ length }) => length <= LONGEST_NAME);
}

type Named = Pick<StoredProfile, 'id' | 'name'>;

/**
 * Which of the profiles that were found is meant: the longest text decides, an id before a name. What follows it in
 * `model` is the provider's model to ask for. Throws AppError `not_found`, and `conflict` where a name is not unique:
 * to take one of them would send the work, and its cost, where its caller may not mean it to go.
 */
export function decideNamed<Profile extends Named>(
  model: string,
  found: readonly Profile[],
): { profile: Profile; override?: string } {
  for (const text of namesIn(model)) {
    const [profile, ...others] = meant(text, found);
    if (!profile) continue;
    if (others.length > 0) throw ambiguous(text);
    return text === model ? { profile } : { profile, override: model.slice(text.length + 1) };
  }
  throw new AppError('not_found', 'No AI profile of this team has this name.', {
    details: [{ path: 'model', message: 'names no AI profile of this team' }],
  });
}

function meant<Profile extends Named>(text: string, found: readonly Profile[]): readonly Profile[] {
  const byId = found.filter(({ id }) => id === text).slice(0, 1);
  if (byId.length > 0) return byId;
  return found.filter(({ name }) => name === text);
}

function ambiguous(text: string): AppError {
  const message = `Several AI profiles are named ${text}; use the id of the one that is meant.`;
  return new AppError('conflict', message, {
    details: [{ path: 'model', message: 'names several AI profiles of this team' }],
  });
}
