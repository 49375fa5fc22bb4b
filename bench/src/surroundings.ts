import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONSUMERS, natsAccountsOf } from '@sluice/contracts';
import { acquireMongod, acquireNatsServer, startMongod, startNatsServer } from '@sluice/embedded';
import { connect } from '@sluice/messaging';
import { type Stack, startStack } from '@sluice/testing';
import { startChild } from './child.ts';

/** For the services alone, such as `--cpu-prof --cpu-prof-dir=/tmp/profiles`. */
const nodeOptions = process.env['BENCH_NODE_OPTIONS'] ?? '';

const PASSWORD = 'bench';
const EVERYTHING = 'everything';
const ONE_USER = 'one-user';

/** How services log in: each as a user of its own, as in production, or all as one that may do everything. */
export type Users = 'each' | 'one';

/** Sluice as processes, with their ids by name. */
export type MeasuredStack = Stack & {
  readonly processes: ReadonlyMap<string, number>;
  /** The index follows the stream: resolves when it has caught up. */
  readonly untilProjected: () => Promise<void>;
};

/** Real servers and a demo provider, each a process of its own, on which stacks are started. */
export async function startSurroundings() {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  const report = (line: string) => console.log(line);
  const natsBinary = (await acquireNatsServer({ report })).path;
  const mongodBinary = (await acquireMongod({ report })).path;
  const password = JSON.stringify(PASSWORD);
  const nats = await startNatsServer({
    binary: natsBinary,
    dataDir: join(directory, 'nats'),
    accounts: [
      ...natsAccountsOf({ passwordOf: () => password, extra: [{ user: EVERYTHING, password }] }),
      { name: 'ONE', jetstream: true, users: [{ user: ONE_USER, password }] },
    ],
  });
  const mongod = await startMongod({ binary: mongodBinary, dataDir: join(directory, 'mongod') });
  const provider = await startChild<{ url: string }>('../../libs/demo-provider/src/main.ts', { PORT: '0' });
  const stops: (() => Promise<void>)[] = [];

  const natsUrlAs = (user: string): string => {
    const url = new URL(nats.url);
    url.username = user;
    url.password = PASSWORD;
    return url.href;
  };

  /** All of Sluice, with limits off. `env` for every service. */
  async function start(users: Users = 'each', env: Record<string, string> = {}): Promise<MeasuredStack> {
    const natsUrl = natsUrlAs(users === 'each' ? EVERYTHING : ONE_USER);
    const mongoUrl = new URL(mongod.url);
    mongoUrl.pathname = `/bench-${users}`;
    const stack = await startStack({
      natsUrl,
      ...(users === 'each' && { natsUrlOf: natsUrlAs }),
      mongoUrl: mongoUrl.href,
      providerUrl: provider.first.url,
      env: { NODE_ENV: 'production', LOG_LEVEL: 'warn', NODE_OPTIONS: nodeOptions, ...env },
    });
    const nc = await connect({ url: natsUrl, name: 'bench' });
    stops.push(async () => {
      await stack.stop();
      await nc.close();
    });
    return {
      ...stack,
      processes: new Map([
        ['nats-server', nats.pid],
        ['gateway', stack.service('gateway').pid],
        ['provider-runner', stack.services.get('provider-runner-1')?.pid ?? -1],
        ['jobs', stack.service('jobs').pid],
        ['mongod', mongod.pid],
        ['provider', provider.pid],
      ]),
      async untilProjected() {
        for (;;) {
          const answer = await nc.request(`$JS.API.CONSUMER.INFO.JOBS.${CONSUMERS.projector}`);
          const info = answer.json<{ num_pending: number; num_ack_pending: number }>();
          if (info.num_pending + info.num_ack_pending === 0) return;
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      },
    };
  }

  return {
    providerUrl: provider.first.url,
    start,
    /** Stacks and servers. */
    async stop(): Promise<void> {
      for (const stopStack of stops) await stopStack();
      provider.stop();
      await nats.stop();
      await mongod.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
