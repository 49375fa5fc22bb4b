import { ANY_PROFILE_CHANGED, AppError, getProfile, idSchema, type Profile } from '@sluice/contracts';
import { call, type Log, type NatsConnection, onStatus } from '@sluice/messaging';

export type ProfileDirectory = {
  /**
   * A team's profile, at most a minute old. Errors: not_found (also for another team's), unavailable.
   */
  require(teamId: string, profileId: string, requestId: string): Promise<Profile>;
  close(): void;
};

export type ProfileDirectoryOptions = {
  nc: NatsConnection;
  log: Log;
  /** Milliseconds; for tests. */
  now?: () => number;
};

const FRESH_MS = 60_000;
const MAX_HELD = 10_000;

/** Remembers profiles that were found, never that one was not; a `changed` event drops what is held of it. */
export function createProfileDirectory({
  nc,
  log,
  now = Date.now,
}: ProfileDirectoryOptions): ProfileDirectory {
  const held = new Map<string, { profile: Profile; until: number }>();
  /** Counts drops, so that an answer which was under way while its profile changed is not kept. */
  let drops = 0;

  const changes = nc.subscribe(ANY_PROFILE_CHANGED, {
    callback: (error, message) => {
      if (error) return log.error({ err: error }, 'changes of profiles cannot be received');
      const [, teamId, profileId] = message.subject.split('.');
      drops += 1;
      held.delete(`${teamId}.${profileId}`);
    },
  });

  // Events may be missed while disconnected: after that nothing that is held can be trusted.
  const stopWatching = onStatus(nc, ({ type }) => {
    if (type !== 'reconnect') return;
    drops += 1;
    held.clear();
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
    close: () => {
      stopWatching();
      changes.unsubscribe();
    },
  };

  function keep(key: string, profile: Profile): void {
    held.delete(key);
    held.set(key, { profile, until: now() + FRESH_MS });
    const oldest = held.keys().next();
    if (held.size > MAX_HELD && !oldest.done) held.delete(oldest.value);
  }
}

function notFound(profileId: string): AppError {
  const shown = profileId.length > 64 ? `${profileId.slice(0, 64)}…` : profileId;
  return new AppError('not_found', `AI profile ${shown} not found`, {
    details: [{ path: 'aiProfileId', message: 'names no AI profile of this team' }],
  });
}
