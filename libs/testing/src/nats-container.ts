import { NATS_SERVER_RELEASE, natsServerConfig } from '@sluice/embedded';
import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers';
import { hostOf } from './container-host.ts';
import { natsTestAccounts } from './nats-test-accounts.ts';
import type { TestServersOptions } from './test-servers.ts';

const CLIENT_PORT = 4222;
const MONITOR_PORT = 8222;
const CONFIG_FILE = '/sluice-test.conf';

const DEFAULT_IMAGE = `nats:${NATS_SERVER_RELEASE}-alpine`;

export type StartedNatsContainer = {
  readonly container: StartedTestContainer;
  readonly url: string;
  readonly version: string;
};

/**
 * Starts nats-server in a container from TEST_NATS_IMAGE with the configuration that the embedded server has. The
 * image's entry point must take the server's own options, as the official images' does.
 */
export const startNatsContainer = async (
  options: Pick<TestServersOptions, 'accounts' | 'password'>,
): Promise<StartedNatsContainer> => {
  const { accounts, password } = options;
  const content = natsServerConfig({
    dataDir: '/data',
    host: '0.0.0.0',
    port: CLIENT_PORT,
    monitorPort: MONITOR_PORT,
    accounts: natsTestAccounts(accounts, password),
  });
  const container = await new GenericContainer(process.env['TEST_NATS_IMAGE'] || DEFAULT_IMAGE)
    .withCopyContentToContainer([{ content, target: CONFIG_FILE }])
    .withCommand(['--config', CONFIG_FILE])
    .withExposedPorts(CLIENT_PORT, MONITOR_PORT)
    // Asked from outside: an image may have no shell to look at listening ports with.
    .withWaitStrategy(Wait.forHttp('/healthz', MONITOR_PORT))
    .start();
  const host = await hostOf(container);
  const varz = await fetch(`http://${host}:${container.getMappedPort(MONITOR_PORT)}/varz`);
  const { version } = (await varz.json()) as { version: string };
  return { container, url: `nats://${host}:${container.getMappedPort(CLIENT_PORT)}`, version };
};
