import {
  ANY_PROFILE_CHANGED,
  AppError,
  getProfile,
  idSchema,
  type Profile,
  resolveProfile,
} from '@sluice/contracts';
import { call, type Log, type NatsConnection, onStatus } from '@sluice/messaging';

export type ProfileDirectory = {
  /**
   * A team's profile, at most a minute old. Errors: not_found (also for another team's), unavailable.
   */
  require(teamId: string, profileId: string, requestId: string): Promise<Profile>;
  /**
   * What `model` of the OpenAI-compatible routes names, at most a minute old. Errors: not_found, conflict (a name that
   * several profiles have), unavailable.
   */
  resolve(teamId: string, model: string, requestId: string): Promise<NamedModel>;
  close(): void;
};

/** A profile, and the model to ask for instead of its own where the caller named one. */
export type NamedModel = { readonly profile: Profile; readonly override?: string | undefined };

export type ProfileDirectoryOptions = {
  nc: NatsConnection;
  log: Log;
  /** Milliseconds; for tests. */
  now?: () => number;
};

const FRESH_MS = 60_000;
const MAX_HELD = 10_000;
/** Of one team: clients may name any model behind a profile's name. */
const MAX_NAMES = 500;

/** Remembers profiles that were found, never that one was not; a `changed` event drops what is held of it. */
export function createProfileDirectory({
  nc,
  log,
  now = Date.now,
}: ProfileDirectoryOptions): ProfileDirectory {
  const held = new Map<string, { profile: Profile; until: number }>();
  /** By team, then by what was named: any change of a team's profiles may change what its names mean. */
  const named = new Map<string, Map<string, { model: NamedModel; until: number }>>();
  /** Counts drops, so that an answer which was under way while its profile changed is not kept. */
  let drops = 0;

  const changes = nc.subscribe(ANY_PROFILE_CHANGED, {
    callback: (error, message) => {
      if (error) return log.error({ err: error }, 'changes of profiles cannot be received');
      const [, teamId, profileId] = message.subject.split('.');
      drops += 1;
      held.delete(`${teamId}.${profileId}`);
      named.delete(teamId ?? '');
    },
  });

  // Events may be missed while disconnected: after that nothing that is held can be trusted.
  const stopWatching = onStatus(nc, ({ type }) => {
    if (type !== 'reconnect') return;
    drops += 1;
    held.clear();
    named.clear();
  });

  return {
    async require(teamId, profileId, requestId) {
      if (!idSchema.safeParse(profileId).success) throw notFound(profileId);
      const key = `${teamId}.${profileId}`;
      const known = held.get(key);
      if (known !== undefined && known.until > now()) return known.profile;
      const dropsBefore = drops;
      const profile = await call(nc, getProfile, { teamId, profileId }, { requestId }).catch(
        (error: unknown) => {
          held.delete(key);
          throw error instanceof AppError && error.code === 'not_found' ? notFound(profileId) : error;
        },
      );
      if (drops === dropsBefore) keep(key, profile);
      return profile;
    },
    async resolve(teamId, model, requestId) {
      const known = named.get(teamId)?.get(model);
      if (known !== undefined && known.until > now()) return known.model;
      const dropsBefore = drops;
      const found = await call(nc, resolveProfile, { teamId, model }, { requestId });
      if (drops === dropsBefore) keepName(teamId, model, found);
      return found;
    },
    close: () => {
      stopWatching();
      changes.unsubscribe();
    },
  };

  function keepName(teamId: string, text: string, model: NamedModel): void {
    const names = named.get(teamId) ?? new Map();
    named.delete(teamId);
    named.set(teamId, names.set(text, { model, until: now() + FRESH_MS }));
    dropOldest(names, MAX_NAMES);
    dropOldest(named, MAX_HELD);
  }

  function keep(key: string, profile: Profile): void {
    held.delete(key);
    held.set(key, { profile, until: now() + FRESH_MS });
    dropOldest(held, MAX_HELD);
  }
}

function dropOldest(held: Map<string, unknown>, most: number): void {
  const oldest = held.keys().next();
  if (held.size > most && !oldest.done) held.delete(oldest.value);
}

function notFound(profileId: string): AppError {
  const shown = profileId.length > 64 ? `${profileId.slice(0, 64)}…` : profileId;
  return new AppError('not_found', `AI profile ${shown} not found`, {
    details: [{ path: 'aiProfileId', message: 'names no AI profile of this team' }],
  });
}
