import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acquireMongod, acquireNatsServer, startMongod, startNatsServer } from '@sluice/embedded';
import { natsTestAccounts } from './nats-test-accounts.ts';
import type { TestServers, TestServersOptions } from './test-servers.ts';

/** Starts nats-server and mongod on this machine with their data in a directory that goes with them. */
export const startEmbeddedTestServers = async (options: TestServersOptions): Promise<TestServers> => {
  const { accounts, password, report } = options;
  const acquisition = report ? { report } : {};
  const natsBinary = await acquireNatsServer(acquisition);
  const mongodBinary = await acquireMongod(acquisition);
  const directory = await mkdtemp(join(tmpdir(), 'sluice-test-'));
  const starts = [
    startNatsServer({
      binary: natsBinary.path,
      dataDir: join(directory, 'nats'),
      accounts: natsTestAccounts(accounts, password),
    }),
    startMongod({ binary: mongodBinary.path, dataDir: join(directory, 'mongo') }),
  ] as const;
  const settled = await Promise.allSettled(starts);
  const stop = async (): Promise<void> => {
    await Promise.all(
      settled.map((start) => (start.status === 'fulfilled' ? start.value.stop() : undefined)),
    );
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const [nats, mongod] = await Promise.all(starts);
    return {
      natsUrl: nats.url,
      password,
      mongoUrl: mongod.url,
      natsBinary: natsBinary.path,
      mongodBinary: mongodBinary.path,
      description: `nats-server ${nats.version}, mongod ${mongod.version}`,
      stop,
      abandon: () => {
        void nats.kill9();
        void mongod.kill9();
        // The servers may still be writing in their last moment.
        rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
