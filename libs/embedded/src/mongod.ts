import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { MongoClient } from 'mongodb';
import { freePort, isListening, isPortFree } from './free-port.ts';
import { startGuarded } from './guarded-process.ts';
import { MONGOD_MINIMUM } from './mongod-binary.ts';
import { becomePrimary } from './mongod-replica-set.ts';
import type { RunningServer } from './nats-server.ts';
import { stopLeftOver } from './pid-file.ts';
import { formatVersion, requireVersion } from './version.ts';
import { waitUntil } from './wait-until.ts';

export type StartMongod = {
  readonly binary: string;
  readonly dataDir: string;
  /** Left out: the port of the last start on this directory when it is free, else any free one. */
  readonly port?: number;
  /** Default: `mongod.log` in the data directory. */
  readonly logFile?: string;
};

const READY_TIMEOUT_MS = 60_000;
const GRACE_MS = 15_000;
const CACHE_GIGABYTES = '0.25';

/**
 * Starts a mongod on loopback as the one member of replica set `rs0` (transactions and change streams need a set) and
 * waits until it takes writes. One that an earlier run left on the same directory is stopped first. Throws with the
 * end of its log when it does not come up, and with both versions when it is too old.
 */
export const startMongod = async (options: StartMongod): Promise<RunningServer> => {
  const dataDir = resolve(options.dataDir);
  const logFile = options.logFile ?? join(dataDir, 'mongod.log');
  const pidFile = join(dataDir, 'mongod.pid');
  const dbPath = join(dataDir, 'db');
  await mkdir(dbPath, { recursive: true });
  await stopLeftOver({ pidFile, marker: dbPath, graceMs: GRACE_MS });
  const port = options.port ?? (await choosePort(dataDir));
  const args = argumentsOf(dbPath, port);
  const process = await startGuarded({ command: options.binary, args, logFile, pidFile, graceMs: GRACE_MS });
  const waiting = { process, logFile, timeoutMs: READY_TIMEOUT_MS };
  // The driver gives up for good when its first connection is refused: it may try once somebody listens.
  await waitUntil({ ...waiting, what: 'mongod', ask: () => isListening(port) });
  const url = `mongodb://127.0.0.1:${port}/?directConnection=true`;
  const client = new MongoClient(url);
  try {
    const version = requireVersion('mongod', await serverVersion(client), MONGOD_MINIMUM);
    await becomePrimary(client, port, (ask) => waitUntil({ ...waiting, what: 'mongod as primary', ask }));
    await writeFile(portFile(dataDir), String(port));
    return { url, port, ...process, version: formatVersion(version) };
  } catch (error) {
    await process.stop();
    throw error;
  } finally {
    await client.close();
  }
};

const argumentsOf = (dbPath: string, port: number): readonly string[] => [
  ...['--dbpath', dbPath, '--port', String(port), '--bind_ip', '127.0.0.1', '--replSet', 'rs0', '--quiet'],
  ...['--wiredTigerCacheSizeGB', CACHE_GIGABYTES, '--nounixsocket'],
  ...['--setParameter', 'diagnosticDataCollectionEnabled=false'],
  // A primary told to end waits 15 s for another to take over; a set of one has no other.
  ...['--setParameter', 'shutdownTimeoutMillisForSignaledShutdown=0'],
];

const serverVersion = async (client: MongoClient): Promise<string> =>
  String((await client.db('admin').command({ buildInfo: 1 }))['version']);

const portFile = (dataDir: string): string => join(dataDir, 'port');

// The set's own configuration names the port: with the same one a second start needs no change of it.
const choosePort = async (dataDir: string): Promise<number> => {
  const last = Number(await readFile(portFile(dataDir), 'utf8').catch(() => ''));
  return last > 0 && (await isPortFree(last)) ? last : freePort();
};
