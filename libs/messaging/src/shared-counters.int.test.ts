import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { NatsConnection } from '@nats-io/nats-core';
import { counterSubject, topologyOf } from '@sluice/contracts';
import { testNats } from '@sluice/testing';
import { connect } from './connection.ts';
import { lastBySubject } from './reading.ts';
import { createSharedCounters, type SharedCounters } from './shared-counters.ts';
import { startTcpProxy, type TcpProxy } from './testing/tcp-proxy.ts';
import { testLog } from './testing/test-log.ts';
import { applyTopology } from './topology.ts';

/** No round of its own during a test: each says when it tells. */
const everyMs = 600_000;

describe('counters of several replicas', () => {
  const connections: NatsConnection[] = [];
  let proxy: TcpProxy;
  let cuttable: NatsConnection;
  const replica = async (): Promise<SharedCounters> => {
    const nc = await connect({ ...(await testNats()), name: 'test' });
    connections.push(nc);
    return createSharedCounters(nc, { log: testLog(), everyMs });
  };
  before(async () => {
    const login = await testNats();
    proxy = await startTcpProxy(Number(new URL(login.url).port));
    cuttable = await connect({ ...login, url: `nats://127.0.0.1:${proxy.port}`, name: 'test' });
    await applyTopology(cuttable, topologyOf());
  });
  after(async () => {
    await Promise.all([...connections, cuttable].map((nc) => nc.close()));
    await proxy.stop();
  });

  it('add up, and each replica learns of the others when it tells or looks', async () => {
    const subject = counterSubject('test', 'sum');
    const [one, other] = [await replica(), await replica()];
    const [mine, theirs] = [one.counter(subject), other.counter(subject)];
    mine.add(3);
    theirs.add(4);
    assert.deepEqual([mine.total, theirs.total], [3, 4], 'nobody waits');
    await one.sync();
    await other.sync();
    assert.deepEqual([mine.total, theirs.total], [3, 7]);
    await one.sync();
    assert.equal(mine.total, 3, 'who does not look asks nothing');
    mine.look();
    await one.sync();
    assert.equal(mine.total, 7);
    theirs.add(-2);
    await other.close();
    assert.equal(theirs.total, 5);
    const fresh = (await replica()).counter(subject);
    assert.equal(fresh.total, 0);
  });

  it('cost no message below their share, and then tell all at once', async () => {
    const subject = counterSubject('test', 'quiet');
    const counters = await replica();
    const counter = counters.counter(subject, { quietBelow: 3 });
    counter.add(2);
    await counters.sync();
    assert.equal(await lastBySubject(cuttable, 'COUNTERS', subject), null);
    counter.add(1);
    await counters.sync();
    assert.deepEqual((await lastBySubject(cuttable, 'COUNTERS', subject))?.json(), { val: '3' });
  });

  it('are told at the close', async () => {
    const subject = counterSubject('test', 'close');
    const counters = await replica();
    counters.counter(subject).add(5);
    await counters.close();
    assert.deepEqual((await lastBySubject(cuttable, 'COUNTERS', subject))?.json(), { val: '5' });
  });

  it('go on alone without an answer, count no change twice, and say so once', async () => {
    const subject = counterSubject('test', 'away');
    const log = testLog();
    const counters = createSharedCounters(cuttable, { log, everyMs });
    const counter = counters.counter(subject);
    counter.add(1);
    await counters.sync();
    // The change arrives, its answer does not.
    proxy.lose('server');
    counter.add(1);
    await counters.sync();
    assert.equal(counter.total, 2);
    counter.add(1);
    assert.equal(counter.total, 3);
    await counters.sync();
    assert.deepEqual(
      log.lines.map(({ message }) => message),
      ['counters are not shared: counting alone'],
    );
    proxy.cut();
    const other = await replica();
    const theirs = other.counter(subject);
    theirs.look();
    await other.sync();
    assert.equal(theirs.total, 3, 'nothing is lost and nothing counted twice');
    counter.add(1);
    await counters.sync();
    assert.equal(counter.total, 4);
    assert.equal(log.lines.at(-1)?.message, 'counters are shared again');
    await counters.close();
  });

  it('keep a change that no stream has taken', async () => {
    const subject = 'nowhere.test';
    const counters = await replica();
    const counter = counters.counter(subject);
    counter.add(2);
    await counters.sync();
    counter.add(1);
    await counters.sync();
    assert.equal(counter.total, 3);
    counters.forget(subject);
    await counters.close();
  });
});
