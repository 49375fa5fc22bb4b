import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createTeam, listTeams, logIn, refreshSession, renameTeam, switchTeam } from '@sluice/contracts';
import { decodeJwt } from 'jose';
import { type AuthUnderTest, authUnderTest } from '../testing/auth-under-test.ts';
import { peopleOf } from '../testing/people.ts';

let auth: AuthUnderTest;
let people: ReturnType<typeof peopleOf>;
before(async () => {
  auth = await authUnderTest();
  people = peopleOf(auth);
});
after(() => auth.stop());

const body = { name: 'Second' };
const refresh = ({ refreshToken }: { refreshToken: string }) => auth.ask(refreshSession, { refreshToken });

test('a user lists every team with their role in it, the first one first', async () => {
  const [ada, eve] = [await people.register(), await people.register()];
  const { code } = await people.invite(eve);
  await people.accept(ada, code);
  const made = await auth.ask(createTeam, { actor: ada.actor, body });
  assert.deepEqual([made.name, made.role], ['Second', 'owner']);
  const { items, nextCursor } = await auth.ask(listTeams, { userId: ada.userId, query: {} });
  assert.deepEqual(
    items.map(({ id, role }) => [id, role]),
    [
      [ada.teamId, 'owner'],
      [eve.teamId, 'member'],
      [made.id, 'owner'],
    ],
  );
  assert.equal(nextCursor, null);
});

test('the list of teams is read by pages, each team once', async () => {
  const { actor, userId, teamId } = await people.register();
  const made = [teamId];
  for (let teams = 0; teams < 4; teams += 1) made.push((await auth.ask(createTeam, { actor, body })).id);
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = { limit: 2, ...(cursor !== null && { cursor }) };
    const page: { items: { id: string }[]; nextCursor: string | null } = await auth.ask(listTeams, {
      userId,
      query,
    });
    assert.ok(page.items.length <= 2);
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  assert.equal(seen[0], teamId);
  assert.deepEqual(seen.toSorted(), made.toSorted());
  const wrong = auth.ask(listTeams, { userId, query: { cursor: 'nonsense' } });
  await assert.rejects(wrong, { code: 'validation_failed' });
});

test('a user owns 50 teams at most, also of those founded at once; as a member they may be in more', async () => {
  const { actor, userId } = await people.register();
  const found = () => auth.ask(createTeam, { actor, body });
  const tooMany = { code: 'conflict', message: /own 50 teams/ };
  const owned = () => auth.db.collection('memberships').countDocuments({ userId, role: 'owner' });
  const membership = { userId, createdAt: new Date() };
  const others = [
    ...Array.from({ length: 47 }, (_, n) => ({ ...membership, teamId: `mine${n}`, role: 'owner' })),
    ...Array.from({ length: 9 }, (_, n) => ({ ...membership, teamId: `theirs${n}`, role: 'member' })),
  ];
  await auth.db.collection('memberships').insertMany(others);
  await found();
  const outcomes = await Promise.allSettled(Array.from({ length: 12 }, found));
  const refused = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
  assert.deepEqual(new Set(refused), new Set(['conflict']));
  assert.ok((await owned()) <= 50);
  while ((await owned()) < 50) await found();
  const teams = await auth.db.collection('teams').countDocuments();
  await assert.rejects(found(), tooMany);
  assert.deepEqual([await owned(), await auth.db.collection('teams').countDocuments()], [50, teams]);
  const ada = await people.register();
  await people.accept({ ...ada, actor }, (await people.invite(ada)).code);
});

test('an owner renames a team, in whichever team their session is; a member and a stranger do not', async () => {
  const ada = await people.register();
  const [member, stranger] = [await people.join(ada), await people.register()];
  const { id: teamId } = await auth.ask(createTeam, { actor: ada.actor, body });
  assert.equal((await auth.ask(renameTeam, { actor: ada.actor, teamId, body: { name: 'New' } })).name, 'New');
  const rename = (actor: typeof ada.actor) => auth.ask(renameTeam, { actor, teamId: ada.teamId, body });
  await assert.rejects(rename(member.actor), { code: 'forbidden' });
  await assert.rejects(rename(stranger.actor), { code: 'not_found' });
  await assert.rejects(rename({ ...ada.actor, tokenId: 'token1' }), { code: 'forbidden' });
  await assert.rejects(auth.ask(createTeam, { actor: { ...ada.actor, tokenId: 'token1' }, body }), {
    code: 'forbidden',
  });
});

test('switching gives a session in the other team, and ends the one whose refresh token is given', async () => {
  const ada = await people.register();
  const bob = await people.join(ada);
  const { refreshToken } = bob.session;
  const session = await auth.ask(switchTeam, { actor: bob.actor, teamId: ada.teamId, refreshToken });
  assert.equal(session.team.id, ada.teamId);
  assert.deepEqual(
    [decodeJwt(session.accessToken)['team'], decodeJwt(session.accessToken)['role']],
    [ada.teamId, 'member'],
  );
  assert.equal((await refresh(session)).team.id, ada.teamId);
  await assert.rejects(refresh(bob.session), { code: 'unauthenticated' });
});

test('switching ends the session that asks, also without its refresh token, and no other of the user', async () => {
  const ada = await people.register();
  const bob = await people.join(ada);
  const { email } = bob.session.user;
  const elsewhere = await auth.ask(logIn, { email, password: 'long enough' });
  const { actor, session } = bob;
  const sessionId = String(decodeJwt(session.accessToken)['sid']);
  const switched = await auth.ask(switchTeam, { actor, teamId: ada.teamId, sessionId });
  await assert.rejects(refresh(session), { code: 'unauthenticated' });
  await Promise.all([refresh(switched), refresh(elsewhere)]);
});

test('switching by the session or the refresh token of somebody else ends no session', async () => {
  const ada = await people.register();
  const bob = await people.join(ada);
  const { actor } = bob;
  const { refreshToken, accessToken } = ada.session;
  const sessionId = String(decodeJwt(accessToken)['sid']);
  await auth.ask(switchTeam, { actor, teamId: ada.teamId, refreshToken, sessionId });
  await Promise.all([refresh(bob.session), refresh(ada.session)]);
});

test('nobody switches to a team they do not belong to', async () => {
  const [ada, bob] = [await people.register(), await people.register()];
  for (const teamId of [ada.teamId, 'nosuchteam']) {
    await assert.rejects(auth.ask(switchTeam, { actor: bob.actor, teamId }), { code: 'not_found' });
  }
});

test('a login leads to the team that was joined first', async () => {
  const ada = await people.register();
  await auth.ask(createTeam, { actor: ada.actor, body });
  const { email } = ada.session.user;
  assert.equal((await auth.ask(logIn, { email, password: 'long enough' })).team.id, ada.teamId);
});
