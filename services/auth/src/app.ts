import { callKeys, connect, stopServing } from '@sluice/messaging';
import type { Logger } from '@sluice/telemetry';
import { accountRepository } from './accounts/account-repository.ts';
import { serveAccounts } from './accounts/endpoints.ts';
import { makePasswordCheck, type PasswordCheck } from './accounts/passwords.ts';
import type { SessionDeps } from './accounts/sessions.ts';
import { announcingOn } from './announcing.ts';
import { answering } from './answering.ts';
import { apiTokenRepository } from './api-tokens/api-token-repository.ts';
import { serveApiTokens } from './api-tokens/endpoints.ts';
import { outboxRepository } from './audit/outbox-repository.ts';
import { startAudit } from './audit/start-audit.ts';
import type { Config } from './config.ts';
import { connectDatabase } from './database.ts';
import { serveProfiles } from './profiles/endpoints.ts';
import { profileRepository } from './profiles/profile-repository.ts';
import { reservationRepository } from './profiles/reservation-repository.ts';
import { revocationRepository } from './revocations/revocation-repository.ts';
import { makeRevocations, serveRevocations } from './revocations/revocations.ts';
import { serveRotation } from './sealing-rotation/endpoints.ts';
import { sealedKeyRepository } from './sealing-rotation/sealed-key-repository.ts';
import { contentRepository } from './team-deletion/content-repository.ts';
import { deletionRepository } from './team-deletion/deletion-repository.ts';
import { serveTeamDeletion } from './team-deletion/endpoints.ts';
import { startDeletions } from './team-deletion/start-deletions.ts';
import { serveTeamExport } from './team-export/endpoints.ts';
import { serveInvites } from './teams/invite-endpoints.ts';
import { inviteRepository } from './teams/invite-repository.ts';
import { serveMembers } from './teams/member-endpoints.ts';
import { memberRepository } from './teams/member-repository.ts';
import { ownerCheck } from './teams/require-rank.ts';
import { serveTeams } from './teams/team-endpoints.ts';
import { teamRepository } from './teams/team-repository.ts';
import { makeThrottle } from './throttle/throttle.ts';
import { throttleRepository } from './throttle/throttle-repository.ts';
import { publishKeys, serveKeys } from './tokens/published-keys.ts';
import { refreshRepository } from './tokens/refresh-repository.ts';
import { signedAnnouncing } from './tokens/sign-event.ts';
import { deriveSigningKey } from './tokens/signing-key.ts';

export type AuthDeps = {
  log: Logger;
  /** The system's clock when left out. */
  now?: () => Date;
  /** The one that is made here when left out. */
  checkPassword?: PasswordCheck;
};

/** A running auth service. `stop` takes no more requests, answers those in hand, and closes both connections. */
export type Auth = { stop(): Promise<void> };

/**
 * Starts auth: connects, makes the indexes, and answers `auth.*` on NATS. Resolves when requests are taken;
 * throws AppError `unavailable` when a server does not answer or is too old.
 */
export async function startAuth(
  config: Omit<Config, 'NODE_ENV' | 'LOG_LEVEL'>,
  { log, now = () => new Date(), checkPassword: given }: AuthDeps,
): Promise<Auth> {
  const [signingKey, secretKeys, checkPassword] = await Promise.all([
    deriveSigningKey(config.JWT_SECRET, config.JWT_SECRET_PREVIOUS),
    callKeys([config.JWT_SECRET, ...config.JWT_SECRET_PREVIOUS]),
    given ?? makePasswordCheck(),
  ]);
  const { db, close } = await connectDatabase(config.DATABASE_URL, config.DATABASE_CA_FILE);
  try {
    const accounts = accountRepository(db);
    const refreshTokens = refreshRepository(db);
    const profiles = profileRepository(db);
    const reservations = reservationRepository(db);
    const revocationsStored = revocationRepository(db);
    const attempts = throttleRepository(db);
    const outbox = outboxRepository(db);
    const apiTokens = apiTokenRepository(db);
    const teams = teamRepository(db);
    const members = memberRepository(db);
    const invites = inviteRepository(db);
    const deletions = deletionRepository(db);
    const repositories = [
      accounts,
      refreshTokens,
      profiles,
      reservations,
      revocationsStored,
      attempts,
      outbox,
      apiTokens,
      teams,
      invites,
      deletions,
    ];
    await Promise.all(repositories.map((repository) => repository.ensureIndexes()));

    const nc = await connect({ url: config.NATS_URL, natsTls: config.natsTls, name: 'auth', log });
    const { answer, servings } = answering(nc, { log, secretKeys });
    const { audit, stop: stopAudit } = startAudit({ outbox, nc, log, now });
    const announce = announcingOn(nc);
    const announceSigned = signedAnnouncing({ announce, signingKey, now });
    const revocations = makeRevocations({ repository: revocationsStored, announce: announceSigned, now });
    const keys = publishKeys({ nc, own: signingKey.jwks, announce: announceSigned, now });
    // Before anything is served: no token of ours is seen by a gateway before the key is.
    await keys.announce();
    serveKeys(answer, keys);
    serveRevocations(answer, { repository: revocationsStored, now });
    const sessions: SessionDeps = {
      accounts,
      refreshTokens,
      signingKey,
      revocations,
      now,
      onReuse: (family) => log.warn(family, 'a used refresh token came again: its sessions have ended'),
    };
    const throttle = makeThrottle({ repository: attempts, limit: config.LIMIT_AUTH_PER_MINUTE, now });
    serveAccounts(answer, { ...sessions, revocations, checkPassword, audit, throttle, teams });
    serveProfiles(answer, {
      profiles,
      teams,
      reservations,
      sealingKeys: config.SEALING_PUBLIC_KEYS,
      allowedHosts: config.PROVIDER_ALLOWED_HOSTS,
      requireOwner: ownerCheck({ members }),
      audit,
      now,
      announce,
    });
    const sealedKeys = sealedKeyRepository(db);
    serveRotation(answer, { sealedKeys, sealingKeys: config.SEALING_PUBLIC_KEYS, audit, announce });
    serveApiTokens(answer, { apiTokens, accounts, teams, revocations, audit, now, log });
    const inTeams = { teams, members, invites, refreshTokens, apiTokens, revocations, audit, now };
    serveTeams(answer, { ...sessions, ...inTeams });
    serveMembers(answer, inTeams);
    serveInvites(answer, inTeams);
    const content = contentRepository(db);
    const deleting = startDeletions({ ...inTeams, nc, deletions, content, announce, log });
    serveTeamExport(answer, { teams, members, invites, profiles, apiTokens, audit, now });
    serveTeamDeletion(answer, { members, deletions, pursue: deleting.pursue, audit, now });
    // The server knows every subscription once this is answered.
    await nc.flush();

    const stop = async () => {
      keys.stop();
      await deleting.stop();
      await stopServing(servings);
      await stopAudit();
      await nc.drain();
      await close();
    };
    let stopping: Promise<void> | undefined;
    return {
      stop: () => {
        stopping ??= stop();
        return stopping;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
