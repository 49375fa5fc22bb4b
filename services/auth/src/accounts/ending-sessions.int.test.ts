import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  AUDIT_STREAM,
  auditEntrySchema,
  authEventSubjects,
  changePassword,
  listRevocations,
  logIn,
  logOutEverywhere,
  refreshSession,
  registerUser,
  type Session,
  topologyOf,
} from '@sluice/contracts';
import { applyTopology, readSubject } from '@sluice/messaging';
import { decodeJwt } from 'jose';
import { type AuthUnderTest, authUnderTest, storedText } from '../testing/auth-under-test.ts';
import { eventBody } from '../testing/event-body.ts';

const PASSWORD = 'the first password';
const NEXT = 'the second password';
let auth: AuthUnderTest;
let people = 0;
before(async () => {
  auth = await authUnderTest();
  await applyTopology(auth.nc, topologyOf());
});
after(() => auth.stop());

const register = () => {
  people += 1;
  return auth.ask(registerUser, { email: `person${people}@example.com`, password: PASSWORD });
};
const login = ({ user }: Session, password: string) => auth.ask(logIn, { email: user.email, password });
const refresh = ({ refreshToken }: Session) => auth.ask(refreshSession, { refreshToken });
const actorOf = ({ user, team }: Session) => ({ userId: user.id, teamId: team.id, address: '203.0.113.1' });
const change = (session: Session, currentPassword: string, newPassword: string) =>
  auth.ask(changePassword, { actor: actorOf(session), currentPassword, newPassword });
const refused = { code: 'unauthenticated' };

/** As a gateway decides it. */
async function accepts({ accessToken, user }: Session): Promise<boolean> {
  const { items } = await auth.ask(listRevocations, {});
  const issuedAt = Number(decodeJwt(accessToken)['iatMs']);
  return !items.some(
    (one) => 'userId' in one && one.userId === user.id && issuedAt < Date.parse(one.notBefore),
  );
}

test('logging out everywhere ends every session of the user, refresh and access tokens, and nobody else’s', async () => {
  const other = await register();
  const first = await register();
  const sessions = [first, await login(first, PASSWORD), await refresh(await login(first, PASSWORD))];
  const event = auth.nc.subscribe(authEventSubjects.revoked, { max: 1, timeout: 5_000 });
  await auth.ask(logOutEverywhere, { actor: actorOf(first) });
  for await (const msg of event) assert.ok(JSON.stringify(eventBody(msg.string())).includes(first.user.id));
  for (const session of sessions) {
    await assert.rejects(refresh(session), refused);
    assert.equal(await accepts(session), false);
  }
  assert.equal(await accepts(other), true);
  await refresh(other);
  const again = await login(first, PASSWORD);
  assert.equal(await accepts(again), true);
  assert.equal(await accepts(await refresh(again)), true);
});

test('a new password ends every other session, and its answer is a session that lasts', async () => {
  const first = await register();
  const second = await login(first, PASSWORD);
  const session = await change(first, PASSWORD, NEXT);
  for (const over of [first, second]) {
    await assert.rejects(refresh(over), refused);
    assert.equal(await accepts(over), false);
  }
  assert.deepEqual([session.user, session.team], [first.user, first.team]);
  assert.equal(await accepts(session), true);
  await refresh(session);
  await assert.rejects(login(first, PASSWORD), refused);
  await login(first, NEXT);
});

test('without the current password nothing changes', async () => {
  const session = await register();
  await assert.rejects(change(session, 'a guess at it', NEXT), {
    code: 'forbidden',
    details: [{ path: 'currentPassword', message: 'is wrong' }],
  });
  assert.equal(await accepts(session), true);
  await login(session, PASSWORD);
  await refresh(session);
});

test('of two changes at once one wins, and the other says so', async () => {
  const session = await register();
  const outcomes = await Promise.allSettled([
    change(session, PASSWORD, 'password of the one'),
    change(session, PASSWORD, 'password of the other'),
  ]);
  const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
  assert.equal(lost.length, 1);
  assert.ok(['conflict', 'forbidden'].includes(lost[0]?.reason.code), lost[0]?.reason.code);
});

test('a family that a crash left behind when all sessions ended is over all the same', async () => {
  const session = await register();
  await auth.db.collection('users').updateOne({ email: session.user.email }, { $inc: { sessionEpoch: 1 } });
  await assert.rejects(refresh(session), refused);
});

test('a login that was under way while all sessions ended starts none that lasts', async () => {
  const session = await register();
  // Settled from the start: a login that is refused while the change is awaited must not be an unhandled rejection.
  const logins = Promise.allSettled(Array.from({ length: 12 }, () => login(session, PASSWORD)));
  const changed = await change(session, PASSWORD, NEXT);
  const outcomes = await logins;
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') continue;
    assert.equal(await accepts(outcome.value), false);
    await assert.rejects(refresh(outcome.value), refused);
  }
  await refresh(changed);
});

test('who is no longer a member changes nothing', async () => {
  const session = await register();
  await auth.db.collection('memberships').deleteOne({ userId: session.user.id });
  await assert.rejects(change(session, PASSWORD, NEXT), refused);
  await assert.rejects(auth.ask(logOutEverywhere, { actor: actorOf(session) }), refused);
});

test('both are audited in the team of the session, without a password', async () => {
  const first = await register();
  const session = await change(first, PASSWORD, NEXT);
  await auth.ask(logOutEverywhere, { actor: actorOf(session) });
  await assert.rejects(change(session, 'a guess at it', 'a third password'));
  const messages = await readSubject(auth.nc, AUDIT_STREAM, `audit.${first.team.id}.user`);
  const entries = messages.map((message) => auditEntrySchema.parse(message.json()));
  assert.deepEqual(
    entries.map(({ action }) => action),
    ['user.password_changed', 'user.logged_out_everywhere'],
  );
  for (const entry of entries) {
    assert.deepEqual(entry.target, { kind: 'user', id: first.user.id });
    assert.deepEqual(entry.actor, { userId: first.user.id, address: '203.0.113.1' });
    for (const secret of [PASSWORD, NEXT]) assert.ok(!JSON.stringify(entry).includes(secret));
  }
});

test('neither password is stored', async () => {
  await change(await register(), PASSWORD, NEXT);
  const stored = await storedText(auth);
  for (const secret of [PASSWORD, NEXT]) assert.ok(!stored.includes(secret));
});
