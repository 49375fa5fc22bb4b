import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createInvite, listInvites, listTeams, removeMember, revokeInvite } from '@sluice/contracts';
import { type AuthUnderTest, authUnderTest, storedText } from '../testing/auth-under-test.ts';
import { type Person, peopleOf } from '../testing/people.ts';

const HOUR = 60 * 60 * 1000;
let auth: AuthUnderTest;
let people: ReturnType<typeof peopleOf>;
let aheadMs = 0;
before(async () => {
  auth = await authUnderTest({ now: () => new Date(Date.now() + aheadMs) });
  people = peopleOf(auth);
});
after(() => auth.stop());

const query = { limit: 50 };
const notGood = { code: 'not_found', message: /This invite cannot be accepted/ };
const openIn = async ({ actor, teamId }: Person) =>
  (await auth.ask(listInvites, { actor, teamId, query })).items;

test('the code is shown once, and only its SHA-256 is stored', async () => {
  const ada = await people.register();
  const { code, ...invite } = await people.invite(ada, { email: 'Bob@Example.com' });
  assert.match(code, /^slinv_[A-Za-z0-9_-]{43}$/);
  assert.deepEqual([invite.role, invite.email], ['member', 'bob@example.com']);
  assert.equal(Date.parse(invite.expiresAt) - Date.parse(invite.createdAt), 72 * HOUR);
  assert.deepEqual(await openIn(ada), [invite]);
  const stored = await storedText(auth);
  assert.ok(stored.includes(createHash('sha256').update(code).digest('base64url')));
  assert.ok(!stored.includes(code.slice('slinv_'.length)));
});

test('whoever accepts belongs to the team, in the role of the invite, and the code is spent', async () => {
  const ada = await people.register();
  const [bob, eve] = [await people.register(), await people.register()];
  const { code } = await people.invite(ada, { role: 'owner' });
  const team = await people.accept(bob, code);
  assert.deepEqual([team.id, team.role], [ada.teamId, 'owner']);
  const { items } = await auth.ask(listTeams, { userId: bob.userId, query: {} });
  assert.deepEqual(
    items.map(({ id, role }) => [id, role]),
    [
      [bob.teamId, 'owner'],
      [ada.teamId, 'owner'],
    ],
  );
  assert.deepEqual(await openIn(ada), []);
  await assert.rejects(people.accept(eve, code), notGood);
});

test('of ten who accept with one code at once one joins', async () => {
  const ada = await people.register();
  const others = await Promise.all(Array.from({ length: 10 }, () => people.register()));
  const { code } = await people.invite(ada);
  const outcomes = await Promise.allSettled(others.map((other) => people.accept(other, code)));
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  assert.equal(await auth.db.collection('memberships').countDocuments({ teamId: ada.teamId }), 2);
});

test('unknown, malformed, expired, revoked and used codes are answered in the same words', async () => {
  const [ada, bob] = [await people.register(), await people.register()];
  const message = async (code: string) => {
    const error: unknown = await people.accept(bob, code).then(
      () => assert.fail('accepted'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof Error && 'code' in error);
    return `${error.code}: ${error.message}`;
  };
  const [used, revoked, late] = [
    await people.invite(ada),
    await people.invite(ada),
    await people.invite(ada),
  ];
  await people.accept(await people.register(), used.code);
  const { actor, teamId } = ada;
  await auth.ask(revokeInvite, { actor, teamId, inviteId: revoked.id });
  const heard = [await message(used.code), await message(revoked.code), await message('x')];
  heard.push(await message(`slinv_${'A'.repeat(43)}`));
  try {
    aheadMs = 72 * HOUR;
    heard.push(await message(late.code));
    assert.deepEqual(await openIn(ada), []);
  } finally {
    aheadMs = 0;
  }
  assert.equal(new Set(heard).size, 1, heard.join('\n'));
  await people.accept(bob, late.code);
});

test('an invite for an address serves that address alone', async () => {
  const [ada, bob, eve] = [await people.register(), await people.register(), await people.register()];
  const { code } = await people.invite(ada, { email: bob.session.user.email.toUpperCase() });
  await assert.rejects(people.accept(eve, code), notGood);
  await people.accept(bob, code);
});

test('who is a member already is told so, and the code stays good', async () => {
  const ada = await people.register();
  const { code } = await people.invite(ada);
  await assert.rejects(people.accept(ada, code), { code: 'conflict' });
  await people.accept(await people.register(), code);
});

test('who accepts one code many times at once joins once', async () => {
  const [ada, bob] = [await people.register(), await people.register()];
  const { code } = await people.invite(ada);
  const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => people.accept(bob, code)));
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  assert.equal(await auth.db.collection('memberships').countDocuments({ teamId: ada.teamId }), 2);
});

test('who was removed does not come back by a code that they had begun to accept', async () => {
  const ada = await people.register();
  const bob = await people.join(ada);
  const { id, code } = await people.invite(ada);
  // As a crash between the claim and the end would leave it.
  await auth.db
    .collection<{ _id: string }>('invites')
    .updateOne({ _id: id }, { $set: { acceptedBy: bob.userId } });
  await auth.ask(removeMember, { actor: ada.actor, teamId: ada.teamId, userId: bob.userId });
  await assert.rejects(people.accept(bob, code), notGood);
});

test('a crash after the claim keeps the code for the one who claimed it', async () => {
  const [ada, bob, eve] = [await people.register(), await people.register(), await people.register()];
  const { id, code } = await people.invite(ada);
  await auth.db
    .collection<{ _id: string }>('invites')
    .updateOne({ _id: id }, { $set: { acceptedBy: bob.userId } });
  await assert.rejects(people.accept(eve, code), notGood);
  await people.accept(bob, code);
});

test('only owners make, see and revoke invites, and only those of their team', async () => {
  const [ada, stranger] = [await people.register(), await people.register()];
  const member = await people.join(ada);
  const { teamId } = ada;
  const { id: inviteId } = await people.invite(ada);
  const token: Person = { ...ada, actor: { ...ada.actor, tokenId: 'token1' } };
  for (const [{ actor }, code] of [
    [member, 'forbidden'],
    [token, 'forbidden'],
    [stranger, 'not_found'],
  ] as const) {
    await assert.rejects(auth.ask(createInvite, { actor, teamId, body: {} }), { code });
    await assert.rejects(auth.ask(listInvites, { actor, teamId, query }), { code });
    await assert.rejects(auth.ask(revokeInvite, { actor, teamId, inviteId }), { code });
  }
  const { actor } = stranger;
  await assert.rejects(auth.ask(revokeInvite, { actor, teamId: stranger.teamId, inviteId }), {
    code: 'not_found',
  });
  assert.equal((await openIn(ada)).length, 1);
});
