import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Identity } from './identity.ts';
import { createRevokedSet } from './revoked-set.ts';

const MINUTE = 60_000;
const at = (ms: number) => new Date(ms).toISOString();
const session = (changes: Partial<Identity> = {}): Identity => ({
  ...{ userId: 'user1', teamId: 'team1', role: 'owner', issuedAtMs: 1_000 },
  ...changes,
});
const apiToken = (id: string): Identity => ({
  ...{ userId: 'user1', teamId: 'team1', role: 'owner' },
  token: { id, scopes: ['jobs:read'] },
});

describe('what was revoked', () => {
  it('is nothing at first', () => {
    assert.equal(createRevokedSet().has(session()), false);
    assert.equal(createRevokedSet().has(apiToken('a')), false);
  });

  it("takes back a user's access tokens of one team that were issued before a moment", () => {
    const revoked = createRevokedSet();
    revoked.add({ userId: 'user1', teamId: 'team1', notBefore: at(2_000) }, 2_000);
    assert.equal(revoked.has(session({ issuedAtMs: 1_999 })), true);
    assert.equal(revoked.has(session({ issuedAtMs: 2_000 })), false);
    assert.equal(revoked.has(session({ teamId: 'team2' })), false);
    assert.equal(revoked.has(session({ userId: 'user2' })), false);
    assert.equal(revoked.has(apiToken('a')), false, 'API tokens are revoked by themselves');
  });

  it('takes them back in every team when it names none', () => {
    const revoked = createRevokedSet();
    revoked.add({ userId: 'user1', notBefore: at(2_000) }, 2_000);
    assert.equal(revoked.has(session()), true);
    assert.equal(revoked.has(session({ teamId: 'team2' })), true);
    assert.equal(revoked.has(session({ userId: 'user2' })), false);
  });

  it('never moves back in time', () => {
    const revoked = createRevokedSet();
    revoked.add({ userId: 'user1', notBefore: at(2_000) }, 2_000);
    revoked.add({ userId: 'user1', notBefore: at(500) }, 2_000);
    assert.equal(revoked.has(session()), true);
  });

  it('names API tokens', () => {
    const revoked = createRevokedSet();
    revoked.add({ tokenId: 'a' }, 0);
    assert.equal(revoked.has(apiToken('a')), true);
    assert.equal(revoked.has(apiToken('b')), false);
    assert.equal(revoked.has(session()), false);
  });

  it('names sessions: all their access tokens, whenever they were issued', () => {
    const revoked = createRevokedSet();
    revoked.add({ sessionId: 'a' }, 0);
    assert.equal(revoked.has(session({ sessionId: 'a', issuedAtMs: 5_000 })), true);
    assert.equal(revoked.has(session({ sessionId: 'b' })), false);
    assert.equal(revoked.has(session()), false);
  });

  it('is forgotten when nothing of it can be valid any more: users and sessions after 20 minutes, API tokens after 2', () => {
    const revoked = createRevokedSet();
    revoked.add({ tokenId: 'a' }, 0);
    revoked.add({ userId: 'user1', notBefore: at(2_000) }, 0);
    revoked.add({ sessionId: 's' }, 0);
    const known = (now: number) => {
      revoked.sweep(now);
      return [apiToken('a'), session(), session({ sessionId: 's', issuedAtMs: 3_000 })].map((one) =>
        revoked.has(one),
      );
    };
    assert.deepEqual(known(2 * MINUTE - 1), [true, true, true]);
    assert.deepEqual(known(2 * MINUTE), [false, true, true]);
    assert.deepEqual(known(20 * MINUTE - 1), [false, true, true]);
    assert.deepEqual(known(20 * MINUTE), [false, false, false]);
  });
});
