import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { counterSubject, topologyOf } from '@sluice/contracts';
import {
  applyTopology,
  connect,
  createSharedCounters,
  lastBySubject,
  type NatsConnection,
  type SharedCounters,
} from '@sluice/messaging';
import { createLogger } from '@sluice/telemetry';
import { testNats } from '@sluice/testing';
import { createRateLimiter, type RateLimiter } from './rate-limiter.ts';

const MINUTE = 60_000;
const log = createLogger({ service: 'test', level: 'silent' });

describe('a limit that two replicas share', () => {
  let connections: NatsConnection[];
  let counters: SharedCounters[];
  let now = 1_000 * MINUTE;
  before(async () => {
    const login = await testNats();
    const connected = async () => connect({ ...login, name: 'test' });
    connections = [await connected(), await connected()];
    await applyTopology(connections[0] as NatsConnection, topologyOf());
    counters = connections.map((nc) => createSharedCounters(nc, { log, everyMs: 600_000 }));
  });
  after(async () => {
    await Promise.all(counters.map((one) => one.close()));
    await Promise.all(connections.map((nc) => nc.close()));
  });

  const limiters = (name: string, limit: number): [RateLimiter, RateLimiter] =>
    counters.map((one) => createRateLimiter(one, name, limit, { now: () => now })) as [
      RateLimiter,
      RateLimiter,
    ];
  const sync = async () => {
    for (const one of counters) await one.sync();
    await counters[0]?.sync();
  };
  /** How many of so many requests are let through. */
  const ask = (limiter: RateLimiter, times: number): number => {
    let passed = 0;
    for (let time = 0; time < times; time += 1) {
      if (!limiter.check('a').allowed) continue;
      limiter.count('a');
      passed += 1;
    }
    return passed;
  };

  it('lets each replica exceed it by no more than the others let pass since it last heard of them', async () => {
    now = 1_000 * MINUTE;
    const [one, other] = limiters('bound', 100);
    let passed = 0;
    for (let round = 0; round < 20; round += 1) {
      passed += ask(one, 10) + ask(other, 10);
      await sync();
    }
    assert.ok(passed >= 100 && passed <= 110, String(passed));
    assert.equal(ask(one, 10) + ask(other, 10), 0);
  });

  it('slides: what passed late in one window counts early in the next, on every replica', async () => {
    now = 2_000 * MINUTE + 50_000;
    const QUIET = 2;
    const [one, other] = limiters('slide', 60);
    assert.equal(ask(one, 100), 60);
    await sync();
    now = 2_001 * MINUTE;
    assert.equal(ask(other, QUIET), QUIET, 'it asks the others from a share of the limit on');
    other.check('a');
    await sync();
    assert.equal(ask(other, 100), 0, 'no second burst');
    now += 15_000;
    assert.equal(ask(other, 100), 15 - QUIET);
    await sync();
    assert.equal(ask(one, QUIET), QUIET);
    await sync();
    assert.equal(ask(one, 100), 0);
    now = 2_003 * MINUTE;
    assert.equal(ask(one, 100), 60, 'forgotten after two windows');
  });

  it('says in whole seconds when the next one passes, and then it does', async () => {
    now = 3_000 * MINUTE + 20_500;
    const [one] = limiters('wait', 10);
    assert.deepEqual(one.check('a'), { allowed: true, remaining: 9, seconds: 40 });
    assert.equal(ask(one, 20), 10);
    const { allowed, remaining, seconds } = one.check('a');
    assert.deepEqual([allowed, remaining, seconds], [false, 0, 46]);
    now += 45_000;
    assert.equal(one.check('a').allowed, false);
    now += 1_000;
    assert.equal(one.check('a').allowed, true);
  });

  it('keeps each id apart, and tells of none that is far from its limit', async () => {
    now = 4_000 * MINUTE;
    const [one] = limiters('apart', 100);
    one.count('b');
    assert.equal(ask(one, 200), 100);
    assert.equal(one.check('b').remaining, 98);
    await sync();
    const stored = (id: string) =>
      lastBySubject(
        connections[0] as NatsConnection,
        'COUNTERS',
        counterSubject('requests', 'apart', id, '4000'),
      );
    assert.deepEqual((await stored('a'))?.json(), { val: '100' });
    assert.equal(await stored('b'), null);
  });
});
