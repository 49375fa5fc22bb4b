import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '@sluice/contracts';
import { decideThrottle, networkOf, windowOf } from './decide-throttle.ts';

const now = new Date('2026-11-23T10:00:45.000Z');

test('a limit lets as many attempts pass, and says of the next when its minute ends', () => {
  decideThrottle(20, 20, now);
  assert.throws(
    () => decideThrottle(21, 20, now),
    (error) => error instanceof AppError && error.code === 'rate_limited' && error.retryAfterMs === 15_000,
  );
});

test('a limit of 0 is none', () => decideThrottle(1_000_000, 0, now));

test('a window is a minute of the clock', () => {
  assert.equal(windowOf(now).start, Date.parse('2026-11-23T10:00:00.000Z'));
  assert.equal(windowOf(now).end.toISOString(), '2026-11-23T10:01:00.000Z');
  assert.notEqual(windowOf(new Date('2026-11-23T10:01:00.000Z')).start, windowOf(now).start);
});

test('an IPv4 address counts for itself, also when it is written as IPv6', () => {
  assert.equal(networkOf('203.0.113.7'), '203.0.113.7');
  assert.equal(networkOf('::ffff:203.0.113.7'), '203.0.113.7');
});

test('an IPv6 address counts for its /64, however it is written', () => {
  for (const address of [
    '2001:db8:0:1::1',
    '2001:0DB8:0000:0001:ffff:1:2:3',
    '2001:db8::1:0:0:0:9',
    '2001:db8:0:1::%eth0',
  ])
    assert.equal(networkOf(address), '2001:db8:0:1', address);
  assert.notEqual(networkOf('2001:db8:0:2::1'), networkOf('2001:db8:0:1::1'));
  assert.equal(networkOf('::1'), '0:0:0:0');
});
