import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryAfterOf } from './retry-hints.ts';

const now = Date.parse('2026-11-23T12:00:00Z');

test('Retry-After is read in milliseconds, in seconds and as a date', () => {
  assert.equal(retryAfterOf({ 'retry-after-ms': '1500', 'retry-after': '9' }, now), 1500);
  assert.equal(retryAfterOf({ 'retry-after': '2' }, now), 2000);
  assert.equal(retryAfterOf({ 'retry-after': 'Mon, 23 Nov 2026 12:00:05 GMT' }, now), 5000);
  assert.equal(retryAfterOf({ 'retry-after': 'Mon, 23 Nov 2026 11:00:00 GMT' }, now), 0);
  assert.equal(retryAfterOf({ 'retry-after': 'soon' }, now), undefined);
  assert.equal(retryAfterOf({}, now), undefined);
});

test('a window that is used up names its end, in any of the notations; one with something left does not', () => {
  const used = { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-remaining-requests': '17' };
  const reset = { 'x-ratelimit-reset-tokens': '6m12.5s', 'x-ratelimit-reset-requests': '8h' };
  assert.equal(retryAfterOf({ ...used, ...reset }, now), 372_500);
  assert.equal(retryAfterOf({ 'x-ratelimit-reset-requests': '120ms' }, now), 120);
  assert.equal(retryAfterOf({ 'x-ratelimit-reset-requests': '1.5' }, now), 1500);
  const anthropic = {
    'anthropic-ratelimit-output-tokens-remaining': '0',
    'anthropic-ratelimit-output-tokens-reset': '2026-11-23T12:00:07Z',
  };
  assert.equal(retryAfterOf(anthropic, now), 7000);
  assert.equal(
    retryAfterOf(
      { ...reset, 'x-ratelimit-remaining-tokens': '5', 'x-ratelimit-remaining-requests': '1' },
      now,
    ),
    undefined,
  );
});
