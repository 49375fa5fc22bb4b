import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NatsServer, startNatsCluster, startNatsServer } from '@sluice/embedded';
import { testServers } from '@sluice/testing';

/** What the guarded publish must hold on: one server, and three that replicate. */
export type Backend = {
  readonly url: string;
  readonly servers: readonly NatsServer[];
  readonly replicas: number;
  stop(): Promise<void>;
};

const inDirectory = async (
  start: (dataDir: string, binary: string) => Promise<Omit<Backend, 'stop'> & { stop(): Promise<unknown> }>,
): Promise<Backend> => {
  const { natsBinary } = await testServers();
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-messaging-'));
  const backend = await start(dataDir, natsBinary);
  return {
    ...backend,
    stop: async () => {
      await backend.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
};

const startOne = (): Promise<Backend> =>
  inDirectory(async (dataDir, binary) => {
    const server = await startNatsServer({ binary, dataDir });
    return { url: server.url, servers: [server], replicas: 1, stop: server.stop };
  });

const startThree = (): Promise<Backend> =>
  inDirectory(async (dataDir, binary) => ({
    ...(await startNatsCluster({ binary, dataDir })),
    replicas: 3,
  }));

export const BACKENDS = [
  { name: 'one server', start: startOne },
  { name: 'a cluster of three', start: startThree },
] as const;
