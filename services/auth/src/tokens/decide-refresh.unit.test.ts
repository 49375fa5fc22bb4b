import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideRefresh, REFRESH_TOKEN_MS, refreshExpiry } from './decide-refresh.ts';

const now = new Date('2026-11-23T00:00:00Z');
const family = {
  id: 'f',
  userId: 'u',
  teamId: 't',
  currentHash: 'current',
  createdAt: now,
  expiresAt: refreshExpiry(now),
};
const later = (ms: number) => new Date(now.getTime() + ms);

test('the current token of a family rotates until 30 days have passed', () => {
  assert.equal(decideRefresh(family, 'current', later(REFRESH_TOKEN_MS - 1)), 'rotate');
  assert.equal(decideRefresh(family, 'current', later(REFRESH_TOKEN_MS)), 'unknown');
  assert.equal(REFRESH_TOKEN_MS / 86_400_000, 30);
});

test('any other token of a living family was used before', () => {
  assert.equal(decideRefresh(family, 'earlier', now), 'reused');
});

test('a token of no family, or of one that has expired, is unknown', () => {
  assert.equal(decideRefresh(null, 'current', now), 'unknown');
  assert.equal(decideRefresh(family, 'earlier', later(REFRESH_TOKEN_MS)), 'unknown');
});
