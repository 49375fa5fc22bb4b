import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalEmail, decideAccount } from './decide-account.ts';

const registration = {
  email: 'Ada@Example.com',
  passwordHash: 'hash',
  userId: 'u',
  teamId: 't',
  now: new Date('2026-11-23T00:00:00Z'),
};

test('an address has one spelling', () => {
  assert.equal(canonicalEmail(' Ada@Example.COM '), 'ada@example.com');
  assert.equal(decideAccount(registration).user.email, 'ada@example.com');
});

test('who registers owns the team that is made', () => {
  const { user, team, membership } = decideAccount({ ...registration, teamName: 'Engines' });
  assert.equal(team.name, 'Engines');
  assert.deepEqual(membership, {
    userId: user.id,
    teamId: team.id,
    role: 'owner',
    createdAt: registration.now,
  });
});

test('a team without a name is named after the address, within the length that a name may have', () => {
  assert.equal(decideAccount(registration).team.name, "ada's team");
  const long = decideAccount({ ...registration, email: `${'a'.repeat(200)}@example.com` });
  assert.equal(long.team.name.length, 100);
});
