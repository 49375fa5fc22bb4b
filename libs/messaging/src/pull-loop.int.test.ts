import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { NatsConnection } from '@nats-io/nats-core';
import { testNats } from '@sluice/testing';
import { connect } from './connection.ts';
import { onStatus } from './connection-events.ts';
import type { Delivery } from './delivery.ts';
import { type PullLoop, startPullLoop } from './pull-loop.ts';
import { startTcpProxy, type TcpProxy } from './testing/tcp-proxy.ts';
import { testLog } from './testing/test-log.ts';
import { makeWork, pendingAcks, publishWork, removeWork } from './testing/test-stream.ts';

const WORK = { stream: 'WORK', consumer: 'run', leaseMs: 10_000 };

const finish = async (...loops: PullLoop[]): Promise<void> => {
  for (const loop of loops) loop.stop();
  await Promise.all(loops.map((loop) => loop.drained()));
};

describe('the pull loop', () => {
  let nc: NatsConnection;
  before(async () => {
    nc = await connect({ ...(await testNats()), name: 'test' });
  });
  after(() => nc.close());
  beforeEach(() => makeWork(nc));
  afterEach(() => removeWork(nc));

  test('never holds nor asks for more than its slots, and hands out everything once', async () => {
    const asked: number[] = [];
    const watching = nc.subscribe('$JS.API.CONSUMER.MSG.NEXT.WORK.run', {
      callback: (_error, msg) => void asked.push(msg.json<{ batch: number }>().batch),
    });
    const all = Promise.withResolvers<void>();
    const seen = new Set<number>();
    let running = 0;
    let most = 0;
    let handled = 0;
    const loop = startPullLoop(nc, {
      ...WORK,
      slots: 4,
      handle: async (delivery) => {
        running += 1;
        most = Math.max(most, running, loop.held);
        await nc.flush();
        handled += 1;
        seen.add(Number(delivery.json()));
        await delivery.ack();
        running -= 1;
        if (seen.size === 300) all.resolve();
      },
    });
    await publishWork(nc, 300);
    await all.promise;
    await finish(loop);
    watching.unsubscribe();
    assert.equal(handled, 300);
    assert.equal(most, 4);
    assert.ok(asked.length > 0, 'the pulls were seen');
    const total = asked.reduce((sum, batch) => sum + batch, 0);
    assert.ok(total <= 304, `asked for ${total} to get 300 with 4 slots`);
    assert.equal(await pendingAcks(nc), 0);
  });

  test('holds no message behind a busy slot', async () => {
    const release = Promise.withResolvers<void>();
    const others = Promise.withResolvers<void>();
    const busy = startPullLoop(nc, {
      ...WORK,
      slots: 1,
      handle: async (delivery) => {
        await release.promise;
        await delivery.ack();
      },
    });
    await publishWork(nc, 1);
    while (busy.held === 0) await nc.flush();
    let handled = 0;
    const free = startPullLoop(nc, {
      ...WORK,
      slots: 1,
      handle: async (delivery) => {
        await delivery.ack();
        handled += 1;
        if (handled === 20) others.resolve();
      },
    });
    await publishWork(nc, 20, 1);
    await others.promise;
    release.resolve();
    await finish(busy, free);
  });

  test('tells deliveries apart and gives them their place in the stream', async () => {
    const deliveries: Delivery[] = [];
    const done = Promise.withResolvers<void>();
    const began = Date.now();
    const loop = startPullLoop(nc, {
      ...WORK,
      slots: 1,
      handle: async (delivery) => {
        deliveries.push(delivery);
        if (delivery.delivery === 1) return delivery.nak();
        await delivery.ack();
        done.resolve();
      },
    });
    await publishWork(nc, 1);
    await done.promise;
    await finish(loop);
    assert.deepEqual(
      deliveries.map(({ subject, sequence, delivery }) => ({ subject, sequence, delivery })),
      [1, 2].map((delivery) => ({ subject: 'work.0', sequence: 1, delivery })),
    );
    const storedAt = deliveries[0]?.storedAt ?? 0;
    assert.ok(storedAt >= began - 1 && storedAt <= Date.now());
  });

  test('gives back what its handler throws on or leaves unanswered, and says so', async () => {
    const errors: unknown[] = [];
    const done = Promise.withResolvers<void>();
    const loop = startPullLoop(nc, {
      ...WORK,
      slots: 2,
      onError: (error) => errors.push(error),
      handle: async (delivery) => {
        if (delivery.delivery === 1) throw new Error('first');
        if (delivery.delivery === 2) return;
        await delivery.ack();
        done.resolve();
      },
    });
    await publishWork(nc, 1);
    await done.promise;
    await finish(loop);
    assert.equal(errors.length, 2);
    assert.match(String(errors[0]), /first/);
    assert.match(String(errors[1]), /no answer/);
  });

  test('a terminated message does not come again', async () => {
    const subjects: string[] = [];
    const done = Promise.withResolvers<void>();
    const loop = startPullLoop(nc, {
      ...WORK,
      slots: 1,
      handle: async (delivery) => {
        subjects.push(delivery.subject);
        delivery.term('not readable');
        if (subjects.length === 2) done.resolve();
      },
    });
    await publishWork(nc, 2);
    await done.promise;
    await finish(loop);
    assert.equal(new Set(subjects).size, 2);
    assert.equal(await pendingAcks(nc), 0);
  });

  test('stopped, it ends its handlers, leaves the rest to others and no message in between', async () => {
    const held = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    let handled = 0;
    const first = startPullLoop(nc, {
      ...WORK,
      slots: 2,
      handle: async (delivery) => {
        handled += 1;
        if (handled === 2) held.resolve();
        await release.promise;
        await delivery.ack();
      },
    });
    await publishWork(nc, 10);
    await held.promise;
    first.stop();
    release.resolve();
    await first.drained();
    assert.equal(handled, 2);
    assert.equal(await pendingAcks(nc), 0);
    const rest = Promise.withResolvers<void>();
    const second = startPullLoop(nc, {
      ...WORK,
      slots: 2,
      handle: async (delivery) => {
        await delivery.ack();
        handled += 1;
        if (handled === 10) rest.resolve();
      },
    });
    await rest.promise;
    await finish(second);
  });

  test('pulls again when its pulls have expired, and when the consumer was made anew', async () => {
    const next = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let handled = 0;
    const log = testLog();
    const loop = startPullLoop(nc, {
      ...WORK,
      log,
      slots: 3,
      expiresMs: 1_000,
      heartbeatMs: 200,
      handle: async (delivery) => {
        await delivery.ack();
        next[handled]?.resolve();
        handled += 1;
      },
    });
    const expired = Promise.withResolvers<void>();
    let pulls = 0;
    const watching = nc.subscribe('$JS.API.CONSUMER.MSG.NEXT.WORK.run', {
      callback: () => {
        pulls += 1;
        if (pulls === 2) expired.resolve();
      },
    });
    await expired.promise;
    await publishWork(nc, 1);
    await next[0]?.promise;
    await removeWork(nc);
    await makeWork(nc);
    await publishWork(nc, 1);
    await next[1]?.promise;
    watching.unsubscribe();
    await finish(loop);
  });
});

describe('the lease of a delivery', () => {
  const leaseMs = 600;
  let direct: NatsConnection;
  let proxy: TcpProxy;
  let nc: NatsConnection;
  before(async () => {
    const login = await testNats();
    direct = await connect({ ...login, name: 'direct' });
    proxy = await startTcpProxy(Number(new URL(login.url).port));
    nc = await connect({ ...login, url: `nats://127.0.0.1:${proxy.port}`, name: 'behind' });
  });
  after(async () => {
    await nc.close();
    await direct.close();
    await proxy.stop();
  });
  beforeEach(() => makeWork(direct, leaseMs));
  afterEach(() => removeWork(direct));

  test('is kept as long as the handler works', async () => {
    const done = Promise.withResolvers<void>();
    const seen: number[] = [];
    const loop = startPullLoop(nc, {
      ...WORK,
      leaseMs,
      slots: 2,
      handle: async (delivery) => {
        seen.push(delivery.delivery);
        let confirmed = 0;
        const watching = direct.subscribe('$JS.ACK.>', {
          callback: () => {
            confirmed += 1;
          },
        });
        // Longer than the lease by its own measure: asked for nine times, each a third of it.
        while (confirmed < 9 && !delivery.lease.aborted) await direct.flush();
        watching.unsubscribe();
        assert.equal(delivery.lease.aborted, false);
        await delivery.ack();
        done.resolve();
      },
    });
    await publishWork(direct, 1);
    await done.promise;
    await finish(loop);
    assert.deepEqual(seen, [1]);
  });

  test('aborts when nobody confirms it, and its ack no longer counts', async () => {
    const lost = Promise.withResolvers<void>();
    const acked = Promise.withResolvers<void>();
    let taken: Delivery | undefined;
    const release = Promise.withResolvers<void>();
    const cutOff = startPullLoop(nc, {
      ...WORK,
      leaseMs,
      slots: 1,
      handle: async (delivery) => {
        proxy.lose('server');
        await once(delivery.lease, 'abort');
        await delivery.ack();
        delivery.nak();
        lost.resolve();
      },
    });
    await publishWork(direct, 1);
    await lost.promise;
    const other = startPullLoop(direct, {
      ...WORK,
      leaseMs,
      slots: 1,
      handle: async (delivery) => {
        taken = delivery;
        acked.resolve();
        await release.promise;
        await delivery.ack();
      },
    });
    await acked.promise;
    const reconnected = Promise.withResolvers<void>();
    const forget = onStatus(nc, ({ type }) => type === 'reconnect' && reconnected.resolve());
    proxy.cut();
    await reconnected.promise;
    forget();
    await nc.flush();
    assert.ok((taken?.delivery ?? 0) >= 2);
    assert.equal(await pendingAcks(direct), 1, 'the lost holder has not acked it');
    release.resolve();
    await finish(cutOff, other);
    assert.equal(await pendingAcks(direct), 0);
  });
});
