import { randomInt } from 'node:crypto';
import type { Server as TlsServer } from 'node:tls';
import { subjectsOf } from '@sluice/contracts';
import { connect, createSharedCounters, type NatsConnection } from '@sluice/messaging';
import type { Logger } from '@sluice/telemetry';
import { buildGateway } from './app.ts';
import type { GatewayConfig } from './config.ts';
import type { GatewayApp } from './edge/gateway-app.ts';
import { readTls } from './edge/tls.ts';
import { createRevocations } from './identity/revocations.ts';
import { createTokenKeys } from './identity/token-keys.ts';
import { createProfileDirectory } from './profiles/directory.ts';

export type RunningGateway = {
  url: string;
  gatewayId: string;
  /** Takes the certificate's files as they are now, for connections from now on. Errors: as readTls. */
  reloadTls(): void;
  stop(): Promise<void>;
};

/** How long answers that are under way may take when the gateway stops, in milliseconds. */
const FINISH_MS = 10_000;
const DRAIN_MS = 3_000;
const SWEEP_MS = 50;

/** Connects to NATS and listens. Errors: unavailable (no NATS), or Node's own when the port is taken. */
export async function startGateway(config: GatewayConfig, log: Logger): Promise<RunningGateway> {
  const gatewayId = newGatewayId();
  const login = { url: config.natsUrl, natsTls: config.natsTls, ...config.natsLogin, log };
  const nc = await connect({ ...login, name: 'gateway' });
  const framesNc = await connect({ ...login, name: 'gateway-frames' }).catch(async (error: unknown) => {
    await nc.close();
    throw error;
  });
  const profiles = createProfileDirectory({ nc, log });
  const subjects = subjectsOf(config.queue);
  try {
    const tokens = createTokenKeys(nc);
    const revocations = createRevocations({ nc, log, tokens });
    const counters = createSharedCounters(nc, { log });
    const app = await buildGateway({
      config,
      nc,
      framesNc,
      subjects,
      gatewayId,
      log,
      profiles,
      tokens,
      revocations,
      counters,
    });
    const url = await app.listen({ host: config.host, port: config.port });
    return {
      url,
      gatewayId,
      reloadTls() {
        if (config.tls) (app.server as unknown as TlsServer).setSecureContext(readTls(config.tls));
      },
      /** In order: no new connections, streams end, answers go out, NATS drains. Never longer than 20 s. */
      async stop() {
        await closeWithin(app, FINISH_MS, log);
        profiles.close();
        revocations.close();
        await counters.close();
        await Promise.all([drainWithin(nc, DRAIN_MS), drainWithin(framesNc, DRAIN_MS)]);
      },
    };
  } catch (error) {
    await Promise.all([nc.close(), framesNc.close()]);
    throw error;
  }
}

/** 16 of a-z and 0-9: one subject token, new at each start, so that no answer reaches the wrong process. */
function newGatewayId(): string {
  return Array.from({ length: 16 }, () => randomInt(36).toString(36)).join('');
}

async function closeWithin(app: GatewayApp, boundMs: number, log: Logger): Promise<void> {
  // A connection whose last answer goes out during the close stays open, idle, for its whole keep-alive time.
  const sweep = setInterval(() => app.server.closeIdleConnections(), SWEEP_MS);
  const bound = setTimeout(() => {
    log.warn({ boundMs }, 'answers still under way are cut off');
    app.server.closeAllConnections();
  }, boundMs);
  await app.close();
  clearTimeout(bound);
  clearInterval(sweep);
}

async function drainWithin(nc: NatsConnection, boundMs: number): Promise<void> {
  if (nc.isClosed()) return;
  const timer = setTimeout(() => void nc.close(), boundMs);
  await nc.drain().catch(() => nc.close());
  clearTimeout(timer);
}
