import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { NatsConnection } from '@nats-io/nats-core';
import { freePort, type NatsServer, startNatsServer } from '@sluice/embedded';
import { testServers } from '@sluice/testing';
import { connect } from './connection.ts';
import { startPullLoop } from './pull-loop.ts';
import { makeWork, pendingAcks, publishWork } from './testing/test-stream.ts';

let dataDir: string;
let server: NatsServer;
let nc: NatsConnection;
let start: () => Promise<NatsServer>;

before(async () => {
  const { natsBinary } = await testServers();
  dataDir = await mkdtemp(join(tmpdir(), 'sluice-messaging-'));
  const port = await freePort();
  start = () => startNatsServer({ binary: natsBinary, dataDir, port });
  server = await start();
  nc = await connect({ url: server.url, name: 'test' });
  await makeWork(nc, 2_000);
});
after(async () => {
  await nc.close();
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
});

test('a server killed twice in the middle of pulling loses no message', async () => {
  const seen = new Set<number>();
  const all = Promise.withResolvers<void>();
  const halves = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const loop = startPullLoop(nc, {
    stream: 'WORK',
    consumer: 'run',
    slots: 8,
    leaseMs: 2_000,
    handle: async (delivery) => {
      await nc.flush().catch(() => undefined);
      seen.add(Number(delivery.json()));
      await delivery.ack();
      if (seen.size >= 100) halves[0]?.resolve();
      if (seen.size >= 300) halves[1]?.resolve();
      if (seen.size === 600) all.resolve();
    },
  });
  await publishWork(nc, 200);
  await halves[0]?.promise;
  await server.kill9();
  const during = publishWork(nc, 200, 200);
  server = await start();
  await during;
  await halves[1]?.promise;
  await server.kill9();
  server = await start();
  await publishWork(nc, 200, 400);
  await all.promise;
  loop.stop();
  await loop.drained();
  assert.equal(seen.size, 600);
  assert.ok((await pendingAcks(nc)) <= 8, 'at most the acks of one moment were lost');
});
