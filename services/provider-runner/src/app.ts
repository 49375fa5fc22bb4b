import { setTimeout as sleep } from 'node:timers/promises';
import { ANY_PROFILE_CHANGED, CONSUMERS, newId, subjectsOf } from '@sluice/contracts';
import { createSchemaChecker } from '@sluice/json-schema';
import { connect, type NatsConnection, onStatus, startPullLoop } from '@sluice/messaging';
import { keyRing } from '@sluice/sealing';
import type { Logger } from '@sluice/telemetry';
import { createBreaker } from './breaker/breaker.ts';
import { circuitNames } from './breaker/circuit-name.ts';
import { createCircuitStore } from './breaker/circuit-store.ts';
import type { Config } from './config.ts';
import { handleDelivery } from './job/handle-delivery.ts';
import { createJobEvents } from './job/job-events.ts';
import { createRunningCalls } from './job/running-calls.ts';
import { openProfiles } from './keys/open-profile.ts';
import { createProfileCache, type ProfileCache } from './keys/profile-cache.ts';
import { createFrameSender } from './output/frame-sender.ts';
import { createPieceWriters } from './output/piece-writer.ts';
import { createFetchImage } from './providers/fetch-image.ts';
import { createProviderAgent } from './providers/http-exchange.ts';
import { createProviderRegistry } from './providers/registry.ts';

export type Runner = {
  readonly runnerId: string;
  /** Jobs in hand. */
  readonly held: number;
  /** Takes no more work, lets what runs finish or hands it back, and closes; bounded, and the same when called again. */
  stop(): Promise<void>;
};

/** What comes after the grace, in milliseconds: handing back, then closing. With the default grace 20 s in all. */
const HAND_BACK_MS = 3000;
const CLOSE_MS = 1000;

/** Starts a runner. Throws AppError `unavailable` without NATS, SealingError for an unusable key. */
export async function startRunner(config: Config, log: Logger): Promise<Runner> {
  const { queue, slots, leaseMs, timeouts, backoff } = config;
  const subjects = subjectsOf(queue);
  const runnerId = `${config.runnerId}-${newId().slice(0, 6)}`;
  const ring = await keyRing(config.encryptionKey, config.previousEncryptionKeys);
  const login = { url: config.natsUrl, natsTls: config.natsTls, log };
  const nc = await connect({ ...login, name: 'provider-runner' });
  // Frames have a connection of their own: the server cuts one that is written to faster than it is read.
  const framesNc = await connect({ ...login, name: 'provider-runner-frames' }).catch(async (error) => {
    await nc.close();
    throw error;
  });

  const dispatcher = createProviderAgent({
    connections: 2 * slots,
    connectMs: timeouts.connectMs,
    allowedHosts: config.allowedHosts,
  });
  const providers = createProviderRegistry({
    dispatcher,
    firstTokenMs: timeouts.firstTokenMs,
    idleMs: timeouts.idleMs,
  });
  const profiles = createProfileCache(
    openProfiles({ nc, ring, providers, allowedHosts: config.allowedHosts }),
  );
  const frames = createFrameSender(framesNc);
  const pieces = createPieceWriters({ nc, log });
  // An answer that waits was paid for: it is not given up for its team's others.
  const schemas = createSchemaChecker({ waitMs: 60_000, waitingPerGroup: 1000 });
  const running = createRunningCalls({ nc, subjects, log });
  dropChangedProfiles(nc, profiles);
  const circuits = await createCircuitStore({ nc, log });
  const breaker = createBreaker({ circuits, log }, { ...config.breaker, probeMs: timeouts.requestMs });

  const handle = handleDelivery({
    nc,
    subjects,
    queue,
    runnerId,
    events: createJobEvents({ nc, subjects, runnerId, log }),
    profiles,
    schemas,
    breaker,
    nameCircuit: circuitNames(config.encryptionKey),
    running,
    fetchImage: createFetchImage(dispatcher, config.allowedHosts),
    output: { frames, pieces },
    leaseMs,
    requestMs: timeouts.requestMs,
    backoff,
    log,
  });
  const loops = [CONSUMERS.interactive, CONSUMERS.batch].map((consumer) =>
    startPullLoop(nc, { stream: subjects.stream, consumer, slots, leaseMs, handle, log }),
  );

  const stop = async (): Promise<void> => {
    for (const loop of loops) loop.stop();
    const drained = Promise.all(loops.map((loop) => loop.drained()));
    if (!(await within(config.shutdownGraceMs, drained))) {
      log.info({ jobs: running.size }, 'handing back what is not finished');
      running.handBack();
      await within(HAND_BACK_MS, drained);
    }
    running.close();
    circuits.close();
    profiles.clear();
    pieces.close();
    frames.close();
    await within(
      CLOSE_MS,
      Promise.all([framesNc.flush(), nc.flush()]).catch(() => undefined),
    );
    await within(
      CLOSE_MS,
      Promise.all([framesNc.close(), nc.close(), dispatcher.destroy(), schemas.close()]),
    );
  };
  let stopping: Promise<void> | undefined;
  return {
    runnerId,
    get held() {
      return loops.reduce((sum, loop) => sum + loop.held, 0);
    },
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

/** Events may be missed while disconnected: after that nothing that is cached can be trusted. */
function dropChangedProfiles(nc: NatsConnection, profiles: ProfileCache): void {
  nc.subscribe(ANY_PROFILE_CHANGED, {
    callback: (_error, { subject }) => {
      const [, teamId = '', profileId = ''] = subject.split('.');
      profiles.drop(teamId, profileId);
    },
  });
  onStatus(nc, ({ type }) => {
    if (type === 'reconnect') profiles.clear();
  });
}

/** Whether it was done in time. */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  const cancel = new AbortController();
  const bound = sleep(ms, false, { signal: cancel.signal }).catch(() => false);
  try {
    return await Promise.race([work.then(() => true), bound]);
  } finally {
    cancel.abort();
  }
}
