import { randomBytes } from 'node:crypto';
import { type TopologyOptions, topologyOf } from '@sluice/contracts';
import { type DemoProvider, startDemoProvider } from '@sluice/demo-provider';
import { freePort } from '@sluice/embedded';
import { applyTopology, connect } from '@sluice/messaging';
import { keyRing, publicKeys } from '@sluice/sealing';
import { type ServiceName, type ServiceProcess, startService } from './service-process.ts';
import { type StackClient, stackClient } from './stack-client.ts';
import { testMongoUrl, testNats, testNatsUrlOf } from './test-namespaces.ts';

export type StackOptions = {
  /** Default 1. */
  runners?: number;
  /** Credentials included, for every service. Default: this test file's account, in which each has a login of its own. */
  natsUrl?: string;
  /** The login of each service, where they differ from `natsUrl`, by which everything may be done. */
  natsUrlOf?: (service: ServiceName) => string;
  /** Default: a database of this test file. */
  mongoUrl?: string;
  /** A provider's URL that runs already; default: one in this process. */
  providerUrl?: string;
  env?: Readonly<Record<string, string>>;
  topology?: Partial<TopologyOptions>;
};

/** All of Sluice as processes, on real servers. */
export type Stack = StackClient & {
  readonly url: string;
  readonly provider: DemoProvider | undefined;
  readonly services: ReadonlyMap<string, ServiceProcess>;
  /** By which everything may be done. */
  readonly natsUrl: string;
  readonly mongoUrl: string;
  readonly providerUrl: string;
  /** What the services were given and nobody else may see, by the variable's name; of URLs the passwords. */
  readonly secrets: ReadonlyMap<string, string>;
  /** Every line that any process of the stack has printed. */
  lines: () => string[];
  startRunner: () => ServiceProcess;
  /** Starts a service again, after it was ended; from then on with these variables changed. */
  restart: (name: ServiceName, change?: Readonly<Record<string, string>>) => Promise<ServiceProcess>;
  service: (name: ServiceName) => ServiceProcess;
  ready: () => Promise<void>;
  stop: () => Promise<void>;
};

export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const natsUrl = options.natsUrl ?? (await ownNatsUrl());
  const mongoUrl = options.mongoUrl ?? (await testMongoUrl());
  await applyTo(natsUrl, options.topology);
  const natsUrlOf = async (service: ServiceName): Promise<string> =>
    options.natsUrlOf?.(service) ?? options.natsUrl ?? testNatsUrlOf(service);
  const provider = options.providerUrl === undefined ? await startDemoProvider() : undefined;
  const providerUrl = options.providerUrl ?? provider?.url ?? '';
  const environments = await environmentsOf({ natsUrlOf, mongoUrl, providerUrl, env: options.env ?? {} });
  const url = `http://127.0.0.1:${environments.gateway['PORT']}`;
  const services = new Map<string, ServiceProcess>();
  const all: ServiceProcess[] = [];

  function start(name: ServiceName, key: string = name): ServiceProcess {
    const service = startService(name, environments[name]);
    services.set(key, service);
    all.push(service);
    return service;
  }
  let runners = 0;
  const startRunner = () => {
    runners += 1;
    return start('provider-runner', `provider-runner-${runners}`);
  };
  start('auth');
  start('jobs');
  for (let started = 0; started < (options.runners ?? 1); started += 1) startRunner();
  start('gateway');

  const running = () => [...services.values()].filter((service) => !service.hasEnded());

  async function ready(): Promise<void> {
    const ended = Promise.race(
      running().map(async (service) => {
        const { code } = await service.exited;
        throw new Error(`${service.name} ended with ${code}:\n${service.lines.slice(-20).join('\n')}`);
      }),
    );
    ended.catch(() => {});
    await Promise.race([answersReady(url), ended]);
  }
  await ready();

  const service = (name: ServiceName): ServiceProcess => {
    const found = services.get(name);
    if (!found) throw new Error(`no service ${name}`);
    return found;
  };
  return {
    ...stackClient(url, providerUrl),
    url,
    provider,
    services,
    natsUrl,
    mongoUrl,
    providerUrl,
    secrets: secretsOf(environments),
    lines: () => all.flatMap(({ lines }) => lines),
    startRunner,
    service,
    ready,
    async restart(name, change = {}) {
      Object.assign(environments[name], change);
      const again = start(name);
      await ready();
      return again;
    },
    async stop() {
      await Promise.all([...services.values()].map((one) => one.end('SIGTERM')));
      await provider?.close();
    },
  };
}

async function ownNatsUrl(): Promise<string> {
  const { url, user, pass } = await testNats();
  const withLogin = new URL(url);
  withLogin.username = user;
  withLogin.password = pass;
  return withLogin.href;
}

async function applyTo(natsUrl: string, options: Partial<TopologyOptions> | undefined): Promise<void> {
  const nc = await connect({ url: natsUrl, name: 'topology' });
  await applyTopology(nc, topologyOf(options));
  await nc.close();
}

type Environments = Record<ServiceName, Record<string, string>>;

async function environmentsOf(given: {
  natsUrlOf: (service: ServiceName) => Promise<string>;
  mongoUrl: string;
  providerUrl: string;
  env: Readonly<Record<string, string>>;
}): Promise<Environments> {
  const encryptionKey = randomBytes(32).toString('base64');
  const common = { NODE_ENV: 'test', LOG_LEVEL: 'debug', ...given.env };
  const allowed = { PROVIDER_ALLOWED_HOSTS: new URL(given.providerUrl).host };
  const nats = async (service: ServiceName) => ({ NATS_URL: await given.natsUrlOf(service) });
  return {
    auth: {
      ...(await nats('auth')),
      LIMIT_AUTH_PER_MINUTE: '0',
      ...common,
      ...allowed,
      DATABASE_URL: given.mongoUrl,
      JWT_SECRET: randomBytes(32).toString('hex'),
      SEALING_PUBLIC_KEYS: publicKeys(await keyRing(encryptionKey)),
    },
    jobs: { ...(await nats('jobs')), ...common, DATABASE_URL: given.mongoUrl },
    'provider-runner': {
      ...(await nats('provider-runner')),
      // All profiles of the tests are one provider, and most of them one key.
      BREAKER_FAILURES: '1000',
      ...common,
      ...allowed,
      API_KEY_ENCRYPTION_KEY: encryptionKey,
    },
    gateway: {
      ...(await nats('gateway')),
      // All tests are one address, and some one team.
      LIMIT_REQUESTS_PER_MINUTE: '0',
      LIMIT_ADDRESS_REQUESTS_PER_MINUTE: '0',
      ...common,
      PORT: String(await freePort()),
    },
  };
}

const SECRET_VARIABLES = ['JWT_SECRET', 'API_KEY_ENCRYPTION_KEY'];

function secretsOf(environments: Environments): ReadonlyMap<string, string> {
  const all = Object.values(environments).flatMap((environment) => Object.entries(environment));
  const passwords = Object.entries(environments).map(([service, { NATS_URL = '' }]) => {
    return [`password in NATS_URL of ${service}`, decodeURIComponent(new URL(NATS_URL).password)] as const;
  });
  return new Map([...all.filter(([name]) => SECRET_VARIABLES.includes(name)), ...passwords]);
}

/** Asks until the gateway says ready; its start is the event that is waited for. */
async function answersReady(url: string): Promise<void> {
  for (;;) {
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
