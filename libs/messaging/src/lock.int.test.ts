import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { LOCKS_STREAM, lockSubject, topologyOf } from '@sluice/contracts';
import { testNats } from '@sluice/testing';
import { applyTopology, connect, createLock, lastBySubject, type NatsConnection } from './index.ts';

const TTL_MS = 1_500;

describe('a lock', { timeout: 60_000 }, () => {
  let nc: NatsConnection;
  before(async () => {
    nc = await connect({ ...(await testNats()), name: 'lock-test' });
    const { streams } = topologyOf();
    const locks = streams.filter(({ name }) => name === LOCKS_STREAM);
    await applyTopology(nc, {
      streams: locks.map((stream) => ({ ...stream, max_age: TTL_MS * 1e6 })),
      ...{ consumers: [], objectBuckets: [] },
    });
  });
  after(() => nc.close());

  const lockOf = (name: string, holder: string) =>
    createLock(nc, { stream: LOCKS_STREAM, subject: lockSubject(name), holder, ttlMs: TTL_MS });

  it('is held by one of twenty that ask at once, and still by that one later', async () => {
    const locks = Array.from({ length: 20 }, (_, index) => lockOf('many', `h${index}`));
    const first = await Promise.all(locks.map((lock) => lock.hold()));
    assert.equal(first.filter(Boolean).length, 1);
    assert.deepEqual(await Promise.all(locks.map((lock) => lock.hold())), first);
  });

  it('is kept by who renews it, and goes over when it is not renewed any more', async () => {
    const [one, other] = [lockOf('dies', 'one'), lockOf('dies', 'other')];
    assert.equal(await one.hold(), true);
    const first = await lastBySubject(nc, LOCKS_STREAM, lockSubject('dies'));
    let last = first;
    // Until it was renewed, and for longer than it lives without.
    while (!last || !first || last.storedAt - first.storedAt < 2 * TTL_MS) {
      assert.deepEqual([await one.hold(), await other.hold()], [true, false]);
      last = await lastBySubject(nc, LOCKS_STREAM, lockSubject('dies'));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    // As if it had died.
    while (!(await other.hold())) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(await one.hold(), false);
  });

  it('goes over at once when it is released, and a late release takes it from nobody', async () => {
    const [one, other, third] = [lockOf('given', 'one'), lockOf('given', 'other'), lockOf('given', 'third')];
    assert.equal(await one.hold(), true);
    await one.release();
    assert.equal(await other.hold(), true);
    await one.release();
    assert.equal(await third.hold(), false);
  });
});
