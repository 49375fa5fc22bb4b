import { setTimeout as sleep } from 'node:timers/promises';
import { becomePrimary, MONGOD_RELEASE } from '@sluice/embedded';
import { MongoClient } from 'mongodb';
import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers';
import { hostOf } from './container-host.ts';

const PORT = 27_017;
const PRIMARY_TIMEOUT_MS = 60_000;
const DEFAULT_IMAGE = `mongo:${MONGOD_RELEASE}`;

export type StartedMongoContainer = {
  readonly container: StartedTestContainer;
  readonly url: string;
  readonly version: string;
};

/**
 * Starts mongod in a container from TEST_MONGO_IMAGE as the one member of replica set `rs0` and waits until it takes
 * writes. The image's entry point must take the server's own options, as the official image's does.
 */
export const startMongoContainer = async (): Promise<StartedMongoContainer> => {
  const container = await new GenericContainer(process.env['TEST_MONGO_IMAGE'] || DEFAULT_IMAGE)
    .withCommand(['--replSet', 'rs0', '--bind_ip_all', '--nounixsocket', '--wiredTigerCacheSizeGB', '0.25'])
    .withExposedPorts(PORT)
    .withWaitStrategy(Wait.forLogMessage('Waiting for connections'))
    .start();
  try {
    // Direct: the set names its member by an address that is only good inside the container.
    const url = `mongodb://${await hostOf(container)}:${container.getMappedPort(PORT)}/?directConnection=true`;
    return { container, url, version: await initiate(url) };
  } catch (error) {
    await container.stop();
    throw error;
  }
};

const initiate = async (url: string): Promise<string> => {
  const client = new MongoClient(url);
  try {
    await becomePrimary(client, PORT, repeatUntilTrue);
    return String((await client.db('admin').command({ buildInfo: 1 }))['version']);
  } finally {
    await client.close();
  }
};

const repeatUntilTrue = async (ask: () => Promise<true | undefined>): Promise<true> => {
  const deadline = Date.now() + PRIMARY_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (await ask()) return true;
    await sleep(20);
  }
  throw new Error(`mongod in its container: not primary within ${PRIMARY_TIMEOUT_MS / 1000} s`);
};
