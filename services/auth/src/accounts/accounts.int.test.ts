import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  AppError,
  AUDIT_STREAM,
  auditEntrySchema,
  getIdentity,
  getJwks,
  logIn,
  registerUser,
} from '@sluice/contracts';
import { readSubject } from '@sluice/messaging';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { z } from 'zod';
import { startAuth } from '../app.ts';
import { type AuthUnderTest, authUnderTest, storedText } from '../testing/auth-under-test.ts';

let auth: AuthUnderTest;
before(async () => {
  auth = await authUnderTest();
});
after(() => auth.stop());

const PASSWORD = 'a password of some length';
const failure = (asked: Promise<unknown>): Promise<AppError> =>
  asked.then(
    () => assert.fail('answered'),
    (error: unknown) => {
      assert.ok(error instanceof AppError);
      return error;
    },
  );

test('registering makes a user with a team, and a token that the published key verifies', async () => {
  const session = await auth.ask(registerUser, {
    email: 'Ada@Example.com',
    password: PASSWORD,
    teamName: 'Engines',
  });
  assert.equal(session.user.email, 'ada@example.com');
  assert.equal(session.team.name, 'Engines');
  assert.equal(session.expiresIn, 900);
  const { payload } = await jwtVerify(session.accessToken, createLocalJWKSet(await auth.ask(getJwks, {})), {
    issuer: 'sluice',
    algorithms: ['EdDSA'],
  });
  assert.equal(payload.sub, session.user.id);
  assert.equal(payload['team'], session.team.id);
  assert.equal(payload['role'], 'owner');
});

test('the audit log begins with who made the team, from where; a refused registration leaves nothing', async () => {
  const given = { email: 'begins@example.com', password: PASSWORD, address: '192.0.2.40' };
  const { user, team } = await auth.ask(registerUser, given);
  const outcomes = await Promise.allSettled([auth.ask(registerUser, given), auth.ask(registerUser, given)]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  const entries = (await readSubject(auth.nc, AUDIT_STREAM, 'audit.>'))
    .map((message) => auditEntrySchema.parse(message.json()))
    .filter(({ actor }) => actor !== 'operator' && actor.address === given.address);
  assert.deepEqual(
    entries.map(({ action, teamId, actor, target, details }) => [action, teamId, actor, target, details]),
    [
      [
        'team.created',
        team.id,
        { userId: user.id, address: given.address },
        { kind: 'team', id: team.id },
        { name: team.name },
      ],
    ],
  );
});

test('who has registered logs in, whatever the case of the address', async () => {
  const registered = await auth.ask(registerUser, { email: 'grace@example.com', password: PASSWORD });
  const session = await auth.ask(logIn, { email: 'GRACE@example.com', password: PASSWORD });
  assert.deepEqual([session.user, session.team], [registered.user, registered.team]);
});

test('an unknown address and a wrong password get the same answer', async () => {
  await auth.ask(registerUser, { email: 'known@example.com', password: PASSWORD });
  const wrong = await failure(auth.ask(logIn, { email: 'known@example.com', password: 'not this one' }));
  const unknown = await failure(auth.ask(logIn, { email: 'nobody@example.com', password: PASSWORD }));
  assert.equal(wrong.code, 'unauthenticated');
  assert.deepEqual([unknown.code, unknown.message], [wrong.code, wrong.message]);
});

test('an address registers once, in any case, and leaves no second team', async () => {
  await auth.ask(registerUser, { email: 'once@example.com', password: PASSWORD });
  const teams = await auth.db.collection('teams').countDocuments();
  const error = await failure(auth.ask(registerUser, { email: 'ONCE@example.com', password: PASSWORD }));
  assert.equal(error.code, 'conflict');
  assert.deepEqual(error.details, [{ path: 'email', message: 'has an account already' }]);
  assert.equal(await auth.db.collection('teams').countDocuments(), teams);
});

test('of many registrations of one address at once on two replicas one wins, and nothing else is left', async () => {
  const replica = await startAuth(auth.config, auth.deps);
  try {
    const teams = await auth.db.collection('teams').countDocuments();
    const attempts = Array.from({ length: 12 }, () =>
      auth.ask(registerUser, { email: 'race@example.com', password: PASSWORD }),
    );
    const outcomes = await Promise.allSettled(attempts);
    const losers = outcomes.filter((outcome) => outcome.status === 'rejected');
    assert.equal(losers.length, 11);
    for (const { reason } of losers) assert.equal(reason.code, 'conflict');
    assert.equal(await auth.db.collection('users').countDocuments({ email: 'race@example.com' }), 1);
    assert.equal(await auth.db.collection('teams').countDocuments(), teams + 1);
    assert.equal(await auth.db.collection('memberships').countDocuments(), teams + 1);
    await auth.ask(logIn, { email: 'race@example.com', password: PASSWORD });
  } finally {
    await replica.stop();
  }
});

test('two services that start at once on an empty database both serve', async () => {
  const DATABASE_URL = new URL(auth.config.DATABASE_URL);
  DATABASE_URL.pathname = `${DATABASE_URL.pathname.slice(0, 50)}-empty`;
  const config = { ...auth.config, DATABASE_URL: DATABASE_URL.href };
  const both = await Promise.all([startAuth(config, auth.deps), startAuth(config, auth.deps)]);
  await Promise.all(both.map((one) => one.stop()));
});

test('what a crash in the middle of a registration leaves does not take the address', async () => {
  await auth.db.collection('teams').insertOne({ _id: 'orphan' as never, name: 'n', createdAt: new Date() });
  await auth.db
    .collection('memberships')
    .insertOne({ userId: 'nobody', teamId: 'orphan', role: 'owner', createdAt: new Date() });
  const error = await failure(auth.ask(getIdentity, { userId: 'nobody', teamId: 'orphan' }));
  assert.equal(error.code, 'unauthenticated');
  await auth.ask(registerUser, { email: 'after-crash@example.com', password: PASSWORD });
});

test('an identity is the user in the team, and nobody in another team', async () => {
  const one = await auth.ask(registerUser, { email: 'one@example.com', password: PASSWORD });
  const two = await auth.ask(registerUser, { email: 'two@example.com', password: PASSWORD });
  const ids = { userId: one.user.id, teamId: one.team.id };
  assert.deepEqual(await auth.ask(getIdentity, ids), {
    user: one.user,
    team: one.team,
    role: 'owner',
    scopes: ['*'],
  });
  const foreign = await failure(auth.ask(getIdentity, { ...ids, teamId: two.team.id }));
  assert.equal(foreign.code, 'unauthenticated');
});

test('a request that does not fit is refused by field', async () => {
  const anything = { ...registerUser, request: z.unknown() };
  const asked = auth.ask(anything, { email: 'no address', password: 'short', extra: 1 });
  const { code, details } = await failure(asked);
  assert.equal(code, 'validation_failed');
  assert.deepEqual(
    details?.map(({ path }) => path),
    ['email', 'password', ''],
  );
});

test('passwords and tokens are not stored', async () => {
  const session = await auth.ask(registerUser, { email: 'secret@example.com', password: PASSWORD });
  const stored = await storedText(auth);
  for (const secret of [PASSWORD, session.refreshToken, session.accessToken]) {
    assert.ok(!stored.includes(secret));
  }
});

test('indexes keep addresses and memberships unique', async () => {
  const unique = async (name: string) =>
    (await auth.db.collection(name).indexes()).filter((index) => index.unique).map((index) => index.key);
  assert.deepEqual(await unique('users'), [{ email: 1 }]);
  assert.deepEqual(await unique('memberships'), [{ userId: 1, teamId: 1 }]);
});
