import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { NatsConnection } from '@nats-io/nats-core';
import { testNats } from '@sluice/testing';
import { startBatchLoop } from './batch-loop.ts';
import { connect } from './connection.ts';
import { testLog } from './testing/test-log.ts';
import { makeWork, pendingAcks, publishWork, removeWork } from './testing/test-stream.ts';

const WORK = { stream: 'WORK', consumer: 'run', maxWaitMs: 20 };

describe('the batch loop', () => {
  let nc: NatsConnection;
  before(async () => {
    nc = await connect({ ...(await testNats()), name: 'test' });
  });
  after(() => nc.close());
  beforeEach(() => makeWork(nc));
  afterEach(() => removeWork(nc));

  test('hands out everything in order, one batch at a time and none larger than asked for', async () => {
    const sequences: number[] = [];
    const sizes: number[] = [];
    const all = Promise.withResolvers<void>();
    let running = 0;
    await publishWork(nc, 250);
    const loop = startBatchLoop(nc, {
      ...WORK,
      maxBatch: 100,
      handle: async (batch) => {
        running += 1;
        assert.equal(running, 1);
        sizes.push(batch.length);
        await nc.flush();
        sequences.push(...batch.map(({ sequence }) => sequence));
        running -= 1;
        if (sequences.length === 250) all.resolve();
      },
    });
    await all.promise;
    loop.stop();
    await loop.drained();
    assert.deepEqual(
      sequences,
      Array.from({ length: 250 }, (_, n) => n + 1),
    );
    assert.ok(sizes.every((size) => size <= 100));
    assert.equal(await pendingAcks(nc), 0);
  });

  test('gives a failed batch back and goes on after a pause', async () => {
    const seen = new Set<number>();
    const all = Promise.withResolvers<void>();
    const log = testLog();
    let calls = 0;
    await publishWork(nc, 10);
    const loop = startBatchLoop(nc, {
      ...WORK,
      log,
      maxBatch: 10,
      handle: async (batch) => {
        calls += 1;
        if (calls < 3) throw new Error('the database is away');
        for (const { sequence } of batch) seen.add(sequence);
        if (seen.size === 10) all.resolve();
      },
    });
    await all.promise;
    loop.stop();
    await loop.drained();
    assert.equal(log.lines.filter(({ message }) => message === 'handling a batch failed').length, 2);
    assert.equal(await pendingAcks(nc), 0);
  });

  test('stopped while it gathers, it gives back what it gathered', async () => {
    const loop = startBatchLoop(nc, {
      ...WORK,
      maxWaitMs: 60_000,
      maxBatch: 10,
      handle: () => assert.fail('nothing is handled'),
    });
    await publishWork(nc, 3);
    while (loop.held < 3) await nc.flush();
    loop.stop();
    await loop.drained();
    const rest = Promise.withResolvers<void>();
    const next = startBatchLoop(nc, {
      ...WORK,
      maxBatch: 3,
      handle: async (batch) => {
        if (batch.length === 3) rest.resolve();
      },
    });
    await rest.promise;
    next.stop();
    await next.drained();
  });
});
