import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { acquireMongod, acquireNatsServer } from '@sluice/embedded';
import { startMongoContainer } from './mongo-container.ts';
import { startNatsContainer } from './nats-container.ts';
import type { TestServers, TestServersOptions } from './test-servers.ts';

const NEEDED =
  'TEST_SERVERS=containers needs a container engine and the images TEST_NATS_IMAGE and TEST_MONGO_IMAGE (docs/testing.md)';

/**
 * Starts nats-server and mongod in containers. Their programs are fetched for this machine all the same: tests that
 * kill, restart and cluster servers of their own do so with processes.
 */
export const startContainerTestServers = async (options: TestServersOptions): Promise<TestServers> => {
  const { password, report } = options;
  const acquisition = report ? { report } : {};
  const natsBinary = await acquireNatsServer(acquisition);
  const mongodBinary = await acquireMongod(acquisition);
  const starts = [startNatsContainer(options), startMongoContainer()] as const;
  const settled = await Promise.allSettled(starts);
  const containers = settled.flatMap((start) =>
    start.status === 'fulfilled' ? [start.value.container] : [],
  );
  const stop = async (): Promise<void> => {
    await Promise.all(containers.splice(0).map((container) => container.stop({ timeout: 0 })));
  };
  try {
    const [nats, mongo] = await Promise.all(starts);
    return {
      natsUrl: nats.url,
      password,
      mongoUrl: mongo.url,
      natsBinary: natsBinary.path,
      mongodBinary: mongodBinary.path,
      description: `nats-server ${nats.version}, mongod ${mongo.version}, in containers`,
      stop,
      abandon: () => removeInBackground(containers.map((container) => container.getId())),
    };
  } catch (cause) {
    await stop();
    throw new Error(`${NEEDED}: ${cause instanceof Error ? cause.message.trim() : String(cause)}`, { cause });
  }
};

// A process that exits can wait for no answer of the container engine, so another one does.
const removeInBackground = (ids: readonly string[]): void => {
  if (ids.length === 0) return;
  const script = fileURLToPath(import.meta.resolve('./remove-containers.ts'));
  spawn(process.execPath, [script, ...ids], { detached: true, stdio: 'ignore' }).unref();
};
