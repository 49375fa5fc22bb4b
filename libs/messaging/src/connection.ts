import { setTimeout as sleep } from 'node:timers/promises';
import { AuthorizationError, type NatsConnection, PermissionViolationError } from '@nats-io/nats-core';
import { connect as natsConnect } from '@nats-io/transport-node';
import { AppError, inboxPrefixOf } from '@sluice/contracts';
import { onStatus, rememberInboxPrefix } from './connection-events.ts';
import type { Log } from './log.ts';
import { isNotTrusted, type NatsTls } from './nats-tls.ts';
import { serverAddresses } from './server-addresses.ts';
import { requireServerVersion } from './server-version.ts';

export type ConnectOptions = {
  /** `nats://user:pass@host:4222`, several separated by commas. */
  readonly url: string;
  /** The user's, or `<user>-frames`: it names the inbox prefix, and permissions name that (inboxPrefixOf). */
  readonly name: string;
  readonly user?: string;
  readonly pass?: string;
  readonly natsTls?: NatsTls | undefined;
  readonly log?: Log;
  /** How long to wait for the first connection, in milliseconds. Default 30,000. */
  readonly firstConnectMs?: number;
};

const FIRST_CONNECT_MS = 30_000;
const DIAL_TIMEOUT_MS = 5_000;
const DIAL_PAUSE_MS = 250;
const PING_INTERVAL_MS = 10_000;
const RECONNECT_WAIT_MS = 250;

/**
 * Connects to NATS and stays connected for ever. Throws AppError `unavailable` when there is no connection in time,
 * the login or
 * the server's certificate is refused, or nats-server is too old.
 */
export const connect = async (options: ConnectOptions): Promise<NatsConnection> => {
  const nc = await firstConnection(options);
  try {
    requireServerVersion(nc.info?.version ?? '');
  } catch (error) {
    await nc.close();
    throw error;
  }
  rememberInboxPrefix(nc, inboxPrefixOf(options.name));
  if (options.log) logStatus(nc, options.name, options.log);
  return nc;
};

const firstConnection = async (options: ConnectOptions): Promise<NatsConnection> => {
  const { tls, ...addresses } = serverAddresses(options.url);
  const { servers } = addresses;
  const deadline = performance.now() + (options.firstConnectMs ?? FIRST_CONNECT_MS);
  for (;;) {
    try {
      return await natsConnect({
        ...addresses,
        ...(options.user === undefined ? {} : { user: options.user }),
        ...(options.pass === undefined ? {} : { pass: options.pass }),
        ...(tls || options.natsTls ? { tls: { ...options.natsTls } } : {}),
        name: options.name,
        inboxPrefix: inboxPrefixOf(options.name),
        maxReconnectAttempts: -1,
        reconnectTimeWait: RECONNECT_WAIT_MS,
        pingInterval: PING_INTERVAL_MS,
        timeout: DIAL_TIMEOUT_MS,
        // A stack for each request costs more than the request.
        noAsyncTraces: true,
        // A server that restarts with its users not yet known must not end the connection for good.
        ignoreAuthErrorAbort: true,
      });
    } catch (cause) {
      if (cause instanceof AuthorizationError) {
        throw new AppError('unavailable', `NATS at ${servers.join(', ')} refuses this login`, { cause });
      }
      if (isNotTrusted(cause)) {
        throw new AppError(
          'unavailable',
          `TLS with NATS at ${servers.join(', ')} fails: its certificate is not one that NATS_CA_FILE vouches for, or a file cannot be read`,
          { cause, retryable: false },
        );
      }
      if (performance.now() >= deadline) {
        throw new AppError('unavailable', `NATS does not answer at ${servers.join(', ')}`, { cause });
      }
      options.log?.info({ servers, reason: String(cause) }, 'waiting for NATS');
      await sleep(DIAL_PAUSE_MS);
    }
  }
};

const logStatus = (nc: NatsConnection, name: string, log: Log): void => {
  onStatus(nc, (status) => {
    if (status.type === 'disconnect') {
      log.warn({ connection: name, server: status.server }, 'disconnected from NATS');
    } else if (status.type === 'reconnect') {
      log.info({ connection: name, server: status.server }, 'connected to NATS again');
    } else if (status.type === 'error') {
      const { error } = status;
      if (error instanceof PermissionViolationError) {
        const { operation, subject } = error;
        log.error({ connection: name, operation, subject }, 'NATS does not permit this');
      } else log.error({ connection: name, err: error }, 'NATS reports an error');
    } else if (status.type === 'slowConsumer') {
      log.warn({ connection: name, pending: status.pending }, 'messages are read too slowly');
    }
  });
};
