import { type Endpoint, topologyOf } from '@sluice/contracts';
import { applyTopology, call, connect } from '@sluice/messaging';
import { keyRing, parsePublicKeys, publicKeys } from '@sluice/sealing';
import { createLogger } from '@sluice/telemetry';
import { testMongoUrl, testNats } from '@sluice/testing';
import { MongoClient } from 'mongodb';
import type { z } from 'zod';
import { type AuthDeps, startAuth } from '../app.ts';
import type { Config } from '../config.ts';

/** Auth's settings on the servers of this test file, with the ring that opens what it seals. */
export async function testConfig(change: Partial<Config> = {}) {
  const { url, user, pass } = await testNats();
  const natsUrl = new URL(url);
  natsUrl.username = user;
  natsUrl.password = pass;
  const ring = await keyRing('the runners of this test file');
  const config: Config = {
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    DATABASE_URL: await testMongoUrl(),
    NATS_URL: natsUrl.href,
    JWT_SECRET: 'a secret of thirty-two characters',
    JWT_SECRET_PREVIOUS: [],
    LIMIT_AUTH_PER_MINUTE: 0,
    SEALING_PUBLIC_KEYS: await parsePublicKeys(publicKeys(ring)),
    PROVIDER_ALLOWED_HOSTS: [],
    ...change,
  };
  return { config, ring };
}

/** Auth in this process, a caller on a connection of its own, and a look into its database. */
export async function authUnderTest(
  settings: { change?: Partial<Config> } & Partial<Omit<AuthDeps, 'log'>> = {},
) {
  const { change, ...given } = settings;
  const { config, ring } = await testConfig(change);
  const log = createLogger({ service: 'auth', level: config.LOG_LEVEL });
  const deps: AuthDeps = { log, ...given };
  const nc = await connect({ url: config.NATS_URL, name: 'auth-test' });
  await applyTopology(nc, topologyOf());
  let auth = await startAuth(config, deps);
  const mongo = await new MongoClient(config.DATABASE_URL).connect();
  return {
    config,
    ring,
    nc,
    db: mongo.db(),
    deps,
    ask: <Request extends z.ZodType, Reply extends z.ZodType>(
      endpoint: Endpoint<Request, Reply>,
      request: z.input<Request>,
    ) => call(nc, endpoint, request, { requestId: 'request-of-a-test' }),
    restart: async (changed: Partial<Config> = {}) => {
      await auth.stop();
      auth = await startAuth({ ...config, ...changed }, deps);
    },
    stop: async () => {
      await auth.stop();
      await nc.close();
      await mongo.db().dropDatabase();
      await mongo.close();
    },
  };
}
export type AuthUnderTest = Awaited<ReturnType<typeof authUnderTest>>;

/** Everything that MongoDB holds, as one text. */
export async function storedText({ db }: AuthUnderTest): Promise<string> {
  const collections = await db.collections();
  const documents = await Promise.all(collections.map((collection) => collection.find().toArray()));
  return JSON.stringify(documents);
}
