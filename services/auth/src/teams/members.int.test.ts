import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  changeMemberRole,
  getIdentity,
  listInvites,
  listMembers,
  listRevocations,
  logIn,
  type Role,
  refreshSession,
  removeMember,
  switchTeam,
} from '@sluice/contracts';
import { startAuth } from '../app.ts';
import { type AuthUnderTest, authUnderTest } from '../testing/auth-under-test.ts';
import { type Person, peopleOf } from '../testing/people.ts';

let auth: AuthUnderTest;
let people: ReturnType<typeof peopleOf>;
before(async () => {
  auth = await authUnderTest();
  people = peopleOf(auth);
});
after(() => auth.stop());

const query = { limit: 50 };
const membersOf = async ({ actor, teamId }: Person) =>
  (await auth.ask(listMembers, { actor, teamId, query })).items;
const remove = ({ actor }: Person, { teamId }: Person, { userId }: Person) =>
  auth.ask(removeMember, { actor, teamId, userId });
const change = ({ actor }: Person, { teamId }: Person, { userId }: Person, role: Role) =>
  auth.ask(changeMemberRole, { actor, teamId, userId, body: { role } });
const sessionIn = ({ actor }: Person, { teamId }: Person) => auth.ask(switchTeam, { actor, teamId });
const revoked = async (userId: string, teamId: string) =>
  (await auth.ask(listRevocations, {})).items.some(
    (one) => 'userId' in one && one.userId === userId && one.teamId === teamId,
  );
const lastOwner = { code: 'conflict', message: /make somebody else an owner first/ };

test('members are listed in the order of joining, by pages, to members alone', async () => {
  const ada = await people.register();
  const [bob, eve] = [await people.join(ada), await people.join(ada, 'owner')];
  const first = await auth.ask(listMembers, { actor: bob.actor, teamId: ada.teamId, query: { limit: 2 } });
  const second = await auth.ask(listMembers, {
    actor: bob.actor,
    teamId: ada.teamId,
    query: { limit: 2, cursor: first.nextCursor ?? '' },
  });
  assert.deepEqual(
    [...first.items, ...second.items].map(({ userId, email, role }) => [userId, email, role]),
    [
      [ada.userId, ada.session.user.email, 'owner'],
      [bob.userId, bob.session.user.email, 'member'],
      [eve.userId, eve.session.user.email, 'owner'],
    ],
  );
  assert.equal(second.nextCursor, null);
  const stranger = await people.register();
  await assert.rejects(auth.ask(listMembers, { actor: stranger.actor, teamId: ada.teamId, query }), {
    code: 'not_found',
  });
});

test('who is removed has no session in the team any more, and keeps those elsewhere', async () => {
  const ada = await people.register();
  const bob = await people.join(ada);
  const inTeam = await sessionIn(bob, ada);
  await remove(ada, ada, bob);
  assert.equal(await revoked(bob.userId, ada.teamId), true);
  await assert.rejects(auth.ask(refreshSession, { refreshToken: inTeam.refreshToken }), {
    code: 'unauthenticated',
  });
  await assert.rejects(sessionIn(bob, ada), { code: 'not_found' });
  await assert.rejects(auth.ask(getIdentity, { userId: bob.userId, teamId: ada.teamId }), {
    code: 'unauthenticated',
  });
  assert.equal((await membersOf(ada)).length, 1);
  await auth.ask(refreshSession, { refreshToken: bob.session.refreshToken });
  assert.equal(await revoked(bob.userId, bob.teamId), false);
  await assert.rejects(remove(ada, ada, bob), { code: 'not_found' });
});

test('who is removed and joins again has to log in again: the sessions of before stay ended', async () => {
  const ada = await people.register();
  const bob = await people.join(ada);
  const inTeam = await sessionIn(bob, ada);
  await remove(ada, ada, bob);
  await people.accept(bob, (await people.invite(ada)).code);
  await assert.rejects(auth.ask(refreshSession, { refreshToken: inTeam.refreshToken }), {
    code: 'unauthenticated',
  });
  const again = await sessionIn(bob, ada);
  await auth.ask(refreshSession, { refreshToken: again.refreshToken });
});

test('a member may leave, and may not remove others', async () => {
  const ada = await people.register();
  const [bob, eve] = [await people.join(ada), await people.join(ada)];
  await assert.rejects(remove(bob, ada, eve), { code: 'forbidden' });
  await assert.rejects(change(bob, ada, bob, 'owner'), { code: 'forbidden' });
  await remove(bob, ada, bob);
  assert.equal(await revoked(bob.userId, ada.teamId), true);
  assert.deepEqual(
    (await membersOf(ada)).map(({ userId }) => userId),
    [ada.userId, eve.userId],
  );
});

test('strangers and API tokens neither see nor change members', async () => {
  const [ada, stranger] = [await people.register(), await people.register()];
  const bob = await people.join(ada);
  await assert.rejects(remove(stranger, ada, bob), { code: 'not_found' });
  await assert.rejects(remove(stranger, ada, stranger), { code: 'not_found' });
  await assert.rejects(change(stranger, ada, bob, 'owner'), { code: 'not_found' });
  const token: Person = { ...ada, actor: { ...ada.actor, tokenId: 'token1' } };
  await assert.rejects(remove(token, ada, bob), { code: 'forbidden' });
  await assert.rejects(change(token, ada, bob, 'owner'), { code: 'forbidden' });
  assert.equal((await membersOf(ada)).length, 2);
});

test('a new role revokes the access tokens of the old one, and a refresh gives the new one', async () => {
  const ada = await people.register();
  const bob = await people.join(ada);
  const before = await sessionIn(bob, ada);
  const member = await change(ada, ada, bob, 'owner');
  assert.deepEqual([member.userId, member.role], [bob.userId, 'owner']);
  assert.equal(await revoked(bob.userId, ada.teamId), true);
  await auth.ask(refreshSession, { refreshToken: before.refreshToken });
  const identity = await auth.ask(getIdentity, { userId: bob.userId, teamId: ada.teamId });
  assert.equal(identity.role, 'owner');
});

test('the role that somebody has already changes nothing', async () => {
  const ada = await people.register();
  const bob = await people.join(ada);
  assert.equal((await change(ada, ada, bob, 'member')).role, 'member');
  assert.equal((await change(ada, ada, ada, 'owner')).role, 'owner');
  assert.equal(await revoked(bob.userId, ada.teamId), false);
});

test('the last owner neither leaves nor becomes a member, until somebody else is an owner', async () => {
  const ada = await people.register();
  const bob = await people.join(ada);
  await assert.rejects(remove(ada, ada, ada), lastOwner);
  await assert.rejects(change(ada, ada, ada, 'member'), lastOwner);
  assert.equal(await revoked(ada.userId, ada.teamId), false);
  await change(ada, ada, bob, 'owner');
  await change(ada, ada, ada, 'member');
  await assert.rejects(remove(bob, ada, bob), lastOwner);
});

test('an owner who is demoted or removed leaves no invite behind that they made', async () => {
  const ada = await people.register();
  const bob = await people.join(ada, 'owner');
  const invite = await people.invite({ ...bob, teamId: ada.teamId });
  await people.invite(ada);
  await change(ada, ada, bob, 'member');
  const { items } = await auth.ask(listInvites, { actor: ada.actor, teamId: ada.teamId, query });
  assert.deepEqual(
    items.map(({ createdBy }) => createdBy),
    [ada.userId],
  );
  await assert.rejects(people.accept(await people.register(), invite.code), { code: 'not_found' });
});

test('of twenty owners who leave at once on two replicas nineteen go and one stays', async () => {
  const replica = await startAuth(auth.config, auth.deps);
  try {
    const ada = await people.register();
    const owners = [ada];
    for (let joined = 1; joined < 20; joined += 1) owners.push(await people.join(ada, 'owner'));
    const outcomes = await Promise.allSettled(owners.map((owner) => remove(owner, ada, owner)));
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    assert.deepEqual(
      refused.map(({ code }) => code),
      ['conflict'],
    );
    const left = await auth.db.collection('memberships').find({ teamId: ada.teamId }).toArray();
    assert.deepEqual(
      left.map(({ role }) => role),
      ['owner'],
    );
  } finally {
    await replica.stop();
  }
});

test('of two owners who demote one another at once one stays an owner', async () => {
  for (let round = 0; round < 5; round += 1) {
    const ada = await people.register();
    const bob = await people.join(ada, 'owner');
    const outcomes = await Promise.allSettled([
      change(ada, ada, bob, 'member'),
      change(bob, ada, ada, 'member'),
    ]);
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    const roles = (await membersOf(ada)).map(({ role }) => role);
    assert.deepEqual(roles.toSorted(), ['member', 'owner']);
  }
});

test('what a crash left half done is finished by the next change', async () => {
  const ada = await people.register();
  const [bob, eve] = [await people.join(ada, 'owner'), await people.join(ada)];
  const inTeam = await sessionIn(bob, ada);
  const teams = auth.db.collection<{ _id: string; revision: number }>('teams');
  const { revision } = (await teams.findOne({ _id: ada.teamId })) ?? { revision: Number.NaN };
  const left = { userId: bob.userId, role: null, by: ada.actor, revision: revision + 1 };
  await teams.updateOne({ _id: ada.teamId }, { $set: { change: left, revision: left.revision } });
  await remove(ada, ada, eve);
  assert.deepEqual(
    (await membersOf(ada)).map(({ userId }) => userId),
    [ada.userId],
  );
  assert.equal(await revoked(bob.userId, ada.teamId), true);
  await assert.rejects(auth.ask(refreshSession, { refreshToken: inTeam.refreshToken }), {
    code: 'unauthenticated',
  });
});

test('who belongs to no team any more gets one of their own at the next login', async () => {
  const ada = await people.register();
  const bob = await people.join(ada, 'owner');
  await remove(ada, ada, ada);
  const { email } = ada.session.user;
  const session = await auth.ask(logIn, { email, password: 'long enough' });
  assert.notEqual(session.team.id, ada.teamId);
  const identity = await auth.ask(getIdentity, { userId: ada.userId, teamId: session.team.id });
  assert.equal(identity.role, 'owner');
  const again = await auth.ask(logIn, { email, password: 'long enough' });
  assert.equal(again.team.id, session.team.id);
  assert.equal((await membersOf({ ...bob, teamId: ada.teamId })).length, 1);
});
