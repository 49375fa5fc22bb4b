import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CONSUMERS, type NatsUser, topologyOf } from '@sluice/contracts';
import { testNatsUrlOf } from '@sluice/testing';
import { applyTopology, connect, type NatsConnection, startPullLoop } from './index.ts';

/** What the server sent towards a pull that it had forgotten comes again after this, in milliseconds. */
const LEASE_MS = 1000;

describe('pulling from another account', () => {
  const opened: NatsConnection[] = [];
  const login = async (user: NatsUser): Promise<NatsConnection> => {
    const nc = await connect({ url: await testNatsUrlOf(user), name: user });
    opened.push(nc);
    return nc;
  };
  before(async () => applyTopology(await login('provisioner'), topologyOf({ leaseMs: LEASE_MS })));
  after(() => Promise.all(opened.map((nc) => nc.close())));

  test('goes on after a message without a body, which the server takes for the last of its answer', {
    timeout: 20_000,
  }, async () => {
    const gateway = await login('gateway');
    const handled = new Set<string>();
    const all = Promise.withResolvers<void>();
    const loop = startPullLoop(await login('provider-runner'), {
      stream: 'JOBS',
      consumer: CONSUMERS.interactive,
      leaseMs: LEASE_MS,
      // No heartbeat tells within the test that a pull is gone.
      ...{ expiresMs: 300_000, heartbeatMs: 120_000 },
      slots: 3,
      handle: async (delivery) => {
        handled.add(delivery.subject);
        await delivery.ack();
        if (handled.size === 9) all.resolve();
      },
    });
    const bodies = ['', 'a', 'b', '', '', 'c', 'd', 'e', 'f'];
    for (const [at, body] of bodies.entries()) {
      await gateway.request(`jobs.interactive.team1.job${at}.requested`, body);
    }
    await all.promise;
    assert.equal(handled.size, bodies.length);
    loop.stop();
    await loop.drained();
  });
});
