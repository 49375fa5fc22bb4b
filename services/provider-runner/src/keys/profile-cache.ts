import type { CallableProfile } from './open-profile.ts';

/** How long an opened provider key may stay in memory, in milliseconds: the design's minute. */
const LIFETIME_MS = 60_000;

export type ProfileCache = {
  /** The profile with its key opened. Concurrent misses share one request; a failure is not kept. */
  get(teamId: string, profileId: string, requestId: string): Promise<CallableProfile>;
  drop(teamId: string, profileId: string): void;
  clear(): void;
};

export type LoadProfile = (teamId: string, profileId: string, requestId: string) => Promise<CallableProfile>;

/**
 * Holds opened profiles for a minute each, and no longer: an entry is removed by its timer, used or not, so that no
 * key outlives it. A profile that changed is dropped at once by its event.
 */
export function createProfileCache(load: LoadProfile): ProfileCache {
  const entries = new Map<string, { profile: Promise<CallableProfile>; timer: NodeJS.Timeout }>();

  const remove = (key: string): void => {
    clearTimeout(entries.get(key)?.timer);
    entries.delete(key);
  };

  return {
    get(teamId, profileId, requestId) {
      const key = `${teamId}.${profileId}`;
      const known = entries.get(key);
      if (known) return known.profile;
      const profile = load(teamId, profileId, requestId);
      const entry = { profile, timer: setTimeout(remove, LIFETIME_MS, key).unref() };
      entries.set(key, entry);
      profile.catch(() => {
        if (entries.get(key) === entry) remove(key);
      });
      return profile;
    },
    drop: (teamId, profileId) => remove(`${teamId}.${profileId}`),
    clear: () => {
      for (const key of [...entries.keys()]) remove(key);
    },
  };
}
