import { randomBytes } from 'node:crypto';
import { ownTestAccount } from './test-account.ts';
import { startTestServers, type TestServers } from './test-servers.ts';

/** Where this process finds the servers of the test run. */
export type TestEnvironment = Omit<TestServers, 'stop' | 'abandon' | 'description'>;

/** The variables by which a test run tells its test processes about the servers. */
export const variablesOf = (servers: TestEnvironment): Readonly<Record<string, string>> => ({
  SLUICE_TEST_NATS_URL: servers.natsUrl,
  SLUICE_TEST_NATS_PASSWORD: servers.password,
  SLUICE_TEST_NATS_BINARY: servers.natsBinary,
  SLUICE_TEST_MONGO_URL: servers.mongoUrl,
  SLUICE_TEST_MONGOD_BINARY: servers.mongodBinary,
});

let environment: Promise<TestEnvironment> | undefined;

/**
 * The servers of the run that this test file belongs to. A file run by hand (`npx node --test x.int.test.ts`) gets
 * servers of its own, started at the first call, which end with the process.
 */
export const testServers = (): Promise<TestEnvironment> => {
  environment ??= Promise.resolve(fromVariables() ?? startOwn());
  return environment;
};

const fromVariables = (): TestEnvironment | undefined => {
  const { env } = process;
  const natsUrl = env['SLUICE_TEST_NATS_URL'];
  const password = env['SLUICE_TEST_NATS_PASSWORD'];
  const natsBinary = env['SLUICE_TEST_NATS_BINARY'];
  const mongoUrl = env['SLUICE_TEST_MONGO_URL'];
  const mongodBinary = env['SLUICE_TEST_MONGOD_BINARY'];
  if (!natsUrl || !password || !natsBinary || !mongoUrl || !mongodBinary) return undefined;
  return { natsUrl, password, natsBinary, mongoUrl, mongodBinary };
};

const startOwn = (): Promise<TestEnvironment> => {
  const report = (line: string): void => void process.stderr.write(`${line}\n`);
  const password = randomBytes(16).toString('hex');
  return startTestServers({ accounts: [ownTestAccount()], password, report }).then((servers) => {
    process.once('exit', servers.abandon);
    return servers;
  });
};
