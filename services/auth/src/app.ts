import { callKeys, connect, stopServing } from '@sluice/messaging';
import type { Logger } from '@sluice/telemetry';
import { accountRepository } from './accounts/account-repository.ts';
import { serveAccounts } from './accounts/endpoints.ts';
import { makePasswordCheck } from './accounts/passwords.ts';
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
import { revocationRepository } from './revocations/revocation-repository.ts';
import { makeRevocations, serveRevocations } from './revocations/revocations.ts';
import { refreshRepository } from './tokens/refresh-repository.ts';
import { deriveSigningKey } from './tokens/signing-key.ts';

export type AuthDeps = {
  log: Logger;
  /** The system's clock when left out. */
  now?: () => Date;
};

/** A running auth service. `stop` takes no more requests, answers those in hand, and closes both connections. */
export type Auth = { stop(): Promise<void> };

/**
 * Starts auth: connects, makes the indexes, and answers `auth.*` on NATS. Resolves when requests are taken;
 * throws AppError `unavailable` when a server does not answer or is too old.
 */
export async function startAuth(
  config: Omit<Config, 'NODE_ENV' | 'LOG_LEVEL'>,
  { log, now = () => new Date() }: AuthDeps,
): Promise<Auth> {
  const [signingKey, secretKeys, checkPassword] = await Promise.all([
    deriveSigningKey(config.JWT_SECRET),
    callKeys([config.JWT_SECRET]),
    makePasswordCheck(),
  ]);
  const { db, close } = await connectDatabase(config.DATABASE_URL);
  try {
    const accounts = accountRepository(db);
    const refreshTokens = refreshRepository(db);
    const profiles = profileRepository(db);
    const revocationsStored = revocationRepository(db);
    const outbox = outboxRepository(db);
    const apiTokens = apiTokenRepository(db);
    const repositories = [accounts, refreshTokens, profiles, revocationsStored, outbox, apiTokens];
    await Promise.all(repositories.map((repository) => repository.ensureIndexes()));

    const nc = await connect({ url: config.NATS_URL, name: 'sluice-auth', log });
    const { answer, servings } = answering(nc, { log, secretKeys });
    const { audit, stop: stopAudit } = startAudit({ outbox, nc, log, now });
    const announce = announcingOn(nc);
    const revocations = makeRevocations({ repository: revocationsStored, announce, now });
    serveRevocations(answer, { repository: revocationsStored, now });
    serveAccounts(answer, {
      accounts,
      refreshTokens,
      signingKey,
      checkPassword,
      now,
      onReuse: (family) => log.warn(family, 'a used refresh token came again: its sessions have ended'),
    });
    serveProfiles(answer, {
      profiles,
      sealingKey: config.SEALING_PUBLIC_KEYS[0],
      allowedHosts: config.PROVIDER_ALLOWED_HOSTS,
      now,
      announce,
    });
    serveApiTokens(answer, { apiTokens, accounts, revocations, audit, now, log });
    // The server knows every subscription once this is answered.
    await nc.flush();

    const stop = async () => {
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
