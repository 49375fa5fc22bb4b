import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONSUMERS } from '@sluice/contracts';
import { acquireMongod, acquireNatsServer, startMongod, startNatsServer } from '@sluice/embedded';
import { connect } from '@sluice/messaging';
import { startStack } from '@sluice/testing';
import { startChild } from './child.ts';

/** Real servers, a demo provider at 0 ms and all of Sluice, each a process of its own. */
export async function startSurroundings() {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  const report = (line: string) => console.log(line);
  const natsBinary = (await acquireNatsServer({ report })).path;
  const mongodBinary = (await acquireMongod({ report })).path;
  const nats = await startNatsServer({ binary: natsBinary, dataDir: join(directory, 'nats') });
  const mongod = await startMongod({ binary: mongodBinary, dataDir: join(directory, 'mongod') });
  const provider = await startChild<{ url: string }>('../../libs/demo-provider/src/main.ts', { PORT: '0' });
  const mongoUrl = new URL(mongod.url);
  mongoUrl.pathname = '/bench';
  const stack = await startStack({
    natsUrl: nats.url,
    mongoUrl: mongoUrl.href,
    providerUrl: provider.first.url,
    env: { NODE_ENV: 'production', LOG_LEVEL: 'warn' },
  });
  const nc = await connect({ url: nats.url, name: 'bench' });

  return {
    stack,
    providerUrl: provider.first.url,
    processes: new Map<string, number>([
      ['nats-server', nats.pid],
      ['gateway', stack.service('gateway').pid],
      ['provider-runner', stack.services.get('provider-runner-1')?.pid ?? -1],
      ['jobs', stack.service('jobs').pid],
      ['mongod', mongod.pid],
      ['provider', provider.pid],
    ]),
    /** The index follows the stream: resolves when it has caught up. */
    async untilProjected(): Promise<void> {
      for (;;) {
        const answer = await nc.request(`$JS.API.CONSUMER.INFO.JOBS.${CONSUMERS.projector}`);
        const info = answer.json<{ num_pending: number; num_ack_pending: number }>();
        if (info.num_pending + info.num_ack_pending === 0) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    async stop(): Promise<void> {
      await stack.stop();
      await nc.close();
      provider.stop();
      await nats.stop();
      await mongod.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
