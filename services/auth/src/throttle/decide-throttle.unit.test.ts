import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '@sluice/contracts';
import { decideThrottle, windowOf } from './decide-throttle.ts';

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
