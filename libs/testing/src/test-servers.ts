import { startContainerTestServers } from './container-test-servers.ts';
import { startEmbeddedTestServers } from './embedded-test-servers.ts';

export type TestServersOptions = {
  /** One isolated NATS account with JetStream and all of Sluice's users for each. */
  readonly accounts: readonly string[];
  /** The password of every account. */
  readonly password: string;
  /** Receives a line about each step that takes time. */
  readonly report?: (line: string) => void;
};

/** One nats-server and one mongod for a whole run of tests. */
export type TestServers = {
  /** Without a user: each test file adds its own account. */
  readonly natsUrl: string;
  readonly password: string;
  /** Without a database: each test file adds its own. */
  readonly mongoUrl: string;
  /** Programs for tests that start, kill and restart servers of their own. */
  readonly natsBinary: string;
  readonly mongodBinary: string;
  /** What runs, for people: `nats-server 2.15.1, mongod 6.0.5`. */
  readonly description: string;
  readonly stop: () => Promise<void>;
  /** The same at once and without waiting, for a process that is about to exit. */
  readonly abandon: () => void;
};

/**
 * Starts the servers of a test run, as TEST_SERVERS says: `embedded` (the default), as processes of this machine, or
 * `containers`.
 */
export const startTestServers = (options: TestServersOptions): Promise<TestServers> => {
  const kind = process.env['TEST_SERVERS'] || 'embedded';
  if (kind === 'embedded') return startEmbeddedTestServers(options);
  if (kind === 'containers') return startContainerTestServers(options);
  throw new Error(`TEST_SERVERS is "${kind}"; known are embedded and containers`);
};
