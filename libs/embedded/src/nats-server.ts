import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Exit, startGuarded } from './guarded-process.ts';
import { NATS_SERVER_MINIMUM } from './nats-server-binary.ts';
import { configFile, type NatsServerConfig, natsServerConfig } from './nats-server-config.ts';
import { stopLeftOver } from './pid-file.ts';
import { formatVersion, requireVersion } from './version.ts';
import { waitUntil } from './wait-until.ts';

/** A server that we started. */
export type RunningServer = {
  /** `nats://127.0.0.1:4222` or `mongodb://127.0.0.1:27017/?…`, without a user. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly version: string;
  readonly exited: Promise<Exit>;
  /** True from the first call of stop or kill9. */
  readonly stopping: () => boolean;
  /** Ends it in order, and by force when that takes too long. */
  readonly stop: () => Promise<Exit>;
  /** Ends it as a crash would. */
  readonly kill9: () => Promise<Exit>;
};

export type NatsServer = RunningServer & {
  /** The server's own HTTP answers (`/varz`, `/jsz`, `/healthz`), on loopback. */
  readonly monitorUrl: string;
};

export type StartNatsServer = NatsServerConfig & {
  readonly binary: string;
  /** Default: `nats-server.log` in the data directory. */
  readonly logFile?: string;
};

const READY_TIMEOUT_MS = 60_000;
const GRACE_MS = 10_000;

/**
 * Starts a nats-server with JetStream on loopback and waits until its health check is good. One that an earlier run
 * left on the same directory is stopped first. Throws with the end of its log when it does not come up, and with both
 * versions when it is too old.
 */
export const startNatsServer = async (options: StartNatsServer): Promise<NatsServer> => {
  const dataDir = resolve(options.dataDir);
  const logFile = options.logFile ?? join(dataDir, 'nats-server.log');
  const pidFile = join(dataDir, 'nats-server.pid');
  const conf = configFile(dataDir);
  await mkdir(dataDir, { recursive: true });
  await stopLeftOver({ pidFile, marker: conf, graceMs: GRACE_MS });
  await writeFile(conf, natsServerConfig({ ...options, dataDir }), { mode: 0o600 });
  const args = ['--config', conf];
  const process = await startGuarded({ command: options.binary, args, logFile, pidFile, graceMs: GRACE_MS });
  const portsFile = join(dataDir, `nats-server_${process.pid}.ports`);
  const waiting = { process, logFile, timeoutMs: READY_TIMEOUT_MS };
  const ports = await waitUntil({ ...waiting, what: 'nats-server', ask: () => readPorts(portsFile) });
  await rm(portsFile, { force: true });
  const ask = () => readHealth(ports.monitorUrl);
  await waitUntil({ ...waiting, what: 'nats-server with JetStream', ask });
  try {
    const version = requireVersion('nats-server', await readVersion(ports.monitorUrl), NATS_SERVER_MINIMUM);
    return { ...ports, ...process, version: formatVersion(version) };
  } catch (error) {
    await process.stop();
    throw error;
  }
};

type Ports = { readonly url: string; readonly port: number; readonly monitorUrl: string };

const readPorts = async (path: string): Promise<Ports | undefined> => {
  const parsed: unknown = JSON.parse(await readFile(path, 'utf8'));
  const url = firstOf(parsed, 'nats');
  const monitorUrl = firstOf(parsed, 'monitoring');
  return url && monitorUrl ? { url, port: Number(new URL(url).port), monitorUrl } : undefined;
};

const firstOf = (ports: unknown, key: string): string | undefined => {
  if (typeof ports !== 'object' || ports === null) return undefined;
  const urls: unknown = Object.entries(ports).find(([name]) => name === key)?.[1];
  return Array.isArray(urls) && typeof urls[0] === 'string' ? urls[0] : undefined;
};

const ASK_TIMEOUT_MS = 2_000;

const readHealth = async (monitorUrl: string): Promise<true | undefined> => {
  const answer = await fetch(`${monitorUrl}/healthz`, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS) });
  await answer.arrayBuffer();
  return answer.ok ? true : undefined;
};

const readVersion = async (monitorUrl: string): Promise<string> => {
  const answer = await fetch(`${monitorUrl}/varz`, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS) });
  const varz: unknown = await answer.json();
  return typeof varz === 'object' && varz !== null && 'version' in varz ? String(varz.version) : '';
};
