import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  getJwks,
  listRevocations,
  logOut,
  refreshSession,
  registerUser,
  type Session,
} from '@sluice/contracts';
import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose';
import { startAuth } from '../app.ts';
import { type AuthUnderTest, authUnderTest } from '../testing/auth-under-test.ts';

const DAY = 24 * 60 * 60 * 1000;
let auth: AuthUnderTest;
let aheadMs = 0;
let people = 0;
before(async () => {
  auth = await authUnderTest({ now: () => new Date(Date.now() + aheadMs) });
});
after(() => auth.stop());

const register = (): Promise<Session> => {
  people += 1;
  return auth.ask(registerUser, { email: `person${people}@example.com`, password: 'long enough' });
};
const refresh = ({ refreshToken }: Session) => auth.ask(refreshSession, { refreshToken });
const refused = { code: 'unauthenticated' };
const sessionId = ({ accessToken }: Session) => String(decodeJwt(accessToken)['sid']);
/** Whether gateways were told to refuse the access tokens of a session. */
const revoked = async (session: Session) => {
  const { items } = await auth.ask(listRevocations, {});
  return items.some((one) => 'sessionId' in one && one.sessionId === sessionId(session));
};

test('a refresh token is exchanged for a session with the next one', async () => {
  const first = await register();
  const second = await refresh(first);
  const third = await refresh(second);
  assert.deepEqual([third.user, third.team], [first.user, first.team]);
  assert.equal(new Set([first, second, third].map((session) => session.refreshToken)).size, 3);
});

test('a used token that comes again ends every session of its login, and no other login’s', async () => {
  const other = await register();
  const first = await register();
  const second = await refresh(first);
  await assert.rejects(refresh(first), refused);
  await assert.rejects(refresh(second), refused);
  assert.deepEqual([await revoked(first), await revoked(other)], [true, false]);
  await refresh(other);
});

test('the access tokens of one login name one session, and those of another login another', async () => {
  const first = await register();
  const second = await refresh(first);
  assert.equal(sessionId(second), sessionId(first));
  assert.notEqual(sessionId(await register()), sessionId(first));
  assert.equal(await revoked(first), false);
});

test('of two uses of one token at once on two replicas one is answered, and the family ends', async () => {
  const replica = await startAuth(auth.config, auth.deps);
  try {
    const first = await register();
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => refresh(first)));
    const answered = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    assert.equal(answered.length, 1);
    for (const { value } of answered) {
      await assert.rejects(refresh(value), refused);
      assert.equal(await revoked(value), true);
    }
  } finally {
    await replica.stop();
  }
});

test('a log-out ends the session with its access tokens, and may be repeated', async () => {
  const session = await register();
  const { refreshToken } = session;
  assert.deepEqual(await auth.ask(logOut, { refreshToken }), {});
  await assert.rejects(refresh(session), refused);
  assert.equal(await revoked(session), true);
  assert.deepEqual(await auth.ask(logOut, { refreshToken }), {});
});

test('a log-out by an access token ends its session, and nobody else’s', async () => {
  const [session, other] = [await register(), await register()];
  const out = (of: Session, by: Session) =>
    auth.ask(logOut, { session: { userId: by.user.id, sessionId: sessionId(of) } });
  await out(session, other);
  assert.equal(await revoked(session), false);
  const next = await refresh(session);
  await out(next, next);
  await assert.rejects(refresh(next), refused);
  assert.equal(await revoked(next), true);
  await out(next, next);
  await refresh(other);
});

test('a log-out by a token that was never ours leaves no revocation behind', async () => {
  const session = await register();
  const { length } = (await auth.ask(listRevocations, {})).items;
  await auth.ask(logOut, { refreshToken: `${'a'.repeat(26)}${session.refreshToken.slice(26)}` });
  assert.equal((await auth.ask(listRevocations, {})).items.length, length);
});

test('texts that are no token are refused', async () => {
  const { refreshToken } = await register();
  for (const text of ['x', refreshToken.slice(1), `${refreshToken}x`, refreshToken.toUpperCase()]) {
    await assert.rejects(auth.ask(refreshSession, { refreshToken: text }), refused, text);
    await auth.ask(logOut, { refreshToken: text });
  }
  await auth.ask(refreshSession, { refreshToken });
});

test('a refresh token lives 30 days from its making', async () => {
  const session = await register();
  try {
    aheadMs = 29 * DAY;
    const next = await refresh(session);
    aheadMs = 58 * DAY;
    const last = await refresh(next);
    aheadMs = 88 * DAY;
    await assert.rejects(refresh(last), refused);
  } finally {
    aheadMs = 0;
  }
});

test('who is no longer a member cannot refresh', async () => {
  const session = await register();
  await auth.db.collection('memberships').deleteOne({ userId: session.user.id });
  await assert.rejects(refresh(session), refused);
});

test('tokens stay valid over a restart with the same secret, and not with another', async () => {
  const session = await register();
  const verify = async () => jwtVerify(session.accessToken, createLocalJWKSet(await auth.ask(getJwks, {})));
  await auth.restart();
  await verify();
  const next = await refresh(session);
  await auth.restart({ JWT_SECRET: 'another secret of 32 characters!!' });
  await assert.rejects(verify());
  await refresh(next);
  await auth.restart();
});
