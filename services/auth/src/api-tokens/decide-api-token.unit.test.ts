import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '@sluice/contracts';
import { decideApiToken, decideRecordUse, decideServes, type StoredApiToken } from './decide-api-token.ts';

const now = new Date('2026-03-01T12:00:00.000Z');
const actor = { userId: 'user1', teamId: 'team1', address: '127.0.0.1' };
const made = (expiresAt?: string): StoredApiToken =>
  decideApiToken({
    id: 'token1',
    actor,
    body: { name: 'ci', scopes: ['jobs:read'], ...(expiresAt !== undefined && { expiresAt }) },
    secretHash: 'hash',
    now,
  });
const code = (expected: string, path?: string) => (error: unknown) =>
  error instanceof AppError && error.code === expected && error.details?.[0]?.path === path;

describe('an API token', () => {
  it('ends after 90 days unless it says when, and belongs to the team and the owner who made it', () => {
    const token = made();
    assert.equal(token.expiresAt.toISOString(), '2026-05-30T12:00:00.000Z');
    assert.deepEqual([token.teamId, token.createdBy, token.lastUsedAt], ['team1', 'user1', null]);
  });

  it('ends after now and within 366 days', () => {
    assert.equal(made('2027-03-02T12:00:00.000Z').expiresAt.getTime() - now.getTime(), 366 * 86_400_000);
    const refused = code('validation_failed', 'expiresAt');
    for (const end of ['2026-03-01T12:00:00.000Z', '2020-01-01T00:00:00.000Z', '2027-03-02T12:00:00.001Z']) {
      assert.throws(() => made(end), refused, end);
    }
  });

  it('serves until its end, while its maker owns the team', () => {
    const token = made('2026-03-02T00:00:00.000Z');
    assert.equal(decideServes(token, 'owner', new Date('2026-03-01T23:59:59.999Z')), true);
    assert.equal(decideServes(token, 'owner', token.expiresAt), false);
    assert.equal(decideServes(token, 'member', now), false);
    assert.equal(decideServes(token, undefined, now), false);
  });

  it('has its last use written once a minute', () => {
    const token = made();
    assert.equal(decideRecordUse(token, now), true);
    const used = { ...token, lastUsedAt: now };
    assert.equal(decideRecordUse(used, new Date(now.getTime() + 59_999)), false);
    assert.equal(decideRecordUse(used, new Date(now.getTime() + 60_000)), true);
  });
});
