import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { AppError, changePassword, logIn, refreshSession, registerUser } from '@sluice/contracts';
import { type Auth, startAuth } from '../app.ts';
import { type AuthUnderTest, authUnderTest, storedText } from '../testing/auth-under-test.ts';

const LIMIT = 5;
const MINUTE = 60_000;
const PASSWORD = 'long enough';
let auth: AuthUnderTest;
let replica: Auth;
/** The clock stands still, ten seconds into a minute, and each test has a minute of its own. */
let at = Date.now() - (Date.now() % MINUTE) + 10_000;
before(async () => {
  auth = await authUnderTest({ change: { LIMIT_AUTH_PER_MINUTE: LIMIT }, now: () => new Date(at) });
  replica = await startAuth(auth.config, auth.deps);
});
after(async () => {
  await replica.stop();
  await auth.stop();
});
beforeEach(() => {
  at += MINUTE;
});

let strangers = 0;
const stranger = () => {
  strangers += 1;
  return `198.51.100.${strangers}`;
};
const codeOf = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'answered',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );
const login = (email: string, address: string, password = PASSWORD) =>
  codeOf(auth.ask(logIn, { email, password, address }));
const times = <Result>(count: number, make: () => Promise<Result>) =>
  Promise.all(Array.from({ length: count }, make));
const count = (codes: string[], code: string) => codes.filter((one) => one === code).length;

test('one address gets the limit from all replicas together, whatever accounts it tries, until the minute ends', async () => {
  const address = stranger();
  const tries = Array.from({ length: 20 }, (_, n) => login(`nobody${n}@example.com`, address));
  const codes = await Promise.all(tries);
  assert.equal(count(codes, 'unauthenticated'), LIMIT);
  assert.equal(count(codes, 'rate_limited'), 15);
  const refused = await auth.ask(logIn, { email: 'a@example.com', password: 'x', address }).catch((e) => e);
  assert.equal(refused.retryAfterMs, 50_000);
  assert.equal(await login('nobody@example.com', stranger()), 'unauthenticated');
  at += 50_000;
  assert.equal(await login('nobody@example.com', address), 'unauthenticated');
});

test('one account gets the limit from all addresses together, in any case, whether or not it exists', async () => {
  await auth.ask(registerUser, { email: 'known@example.com', password: PASSWORD });
  at += MINUTE;
  for (const name of ['known', 'unknown']) {
    const spellings = [`${name}@example.com`, `${name.toUpperCase()}@Example.com`];
    const tries = Array.from({ length: 12 }, (_, n) =>
      login(spellings[n % 2] ?? '', stranger(), 'wrong one'),
    );
    const codes = await Promise.all(tries);
    assert.equal(count(codes, 'unauthenticated'), LIMIT, name);
    assert.equal(count(codes, 'rate_limited'), 7, name);
  }
  assert.equal(await login('known@example.com', stranger()), 'rate_limited', 'the right password counts too');
});

test('strangers do not keep a user out who has logged in from the same network before', async () => {
  const home = '2001:db8:0:7::1';
  await auth.ask(registerUser, { email: 'home@example.com', password: PASSWORD, address: home });
  at += MINUTE;
  await times(LIMIT + 1, () => login('home@example.com', stranger(), 'wrong one'));
  assert.equal(await login('home@example.com', stranger()), 'rate_limited');
  assert.equal(await login('home@example.com', '2001:db8:0:7:ffff::2'), 'answered');
  at += 31 * 24 * 60 * MINUTE;
  await times(LIMIT + 1, () => login('home@example.com', stranger(), 'wrong one'));
  assert.equal(await login('home@example.com', home), 'rate_limited', 'not seen for 30 days');
});

test('what an address tries beyond its limit does not count for the account', async () => {
  const address = stranger();
  await times(50, () => login('target@example.com', address, 'wrong one'));
  at += MINUTE;
  await times(LIMIT - 1, () => login('other@example.com', address, 'wrong one'));
  await times(50, () => login('target@example.com', address, 'wrong one'));
  assert.equal(await login('target@example.com', stranger()), 'unauthenticated');
});

test('registering and changing the password count with logging in', async () => {
  const address = stranger();
  const register = (name: string) =>
    auth.ask(registerUser, { email: `${name}@example.com`, password: PASSWORD, address });
  const { user, team } = await register('first');
  for (const name of ['second', 'third']) await register(name);
  const actor = { userId: user.id, teamId: team.id, address };
  const change = { actor, currentPassword: 'wrong', newPassword: 'another one' };
  assert.equal(await codeOf(auth.ask(changePassword, change)), 'forbidden');
  assert.equal(await codeOf(auth.ask(changePassword, change)), 'forbidden');
  assert.equal(await codeOf(auth.ask(changePassword, change)), 'rate_limited');
  assert.equal(await codeOf(register('fourth')), 'rate_limited');
});

test('refreshing is limited by address alone, and apart from logging in', async () => {
  const address = stranger();
  const refresh = () => codeOf(auth.ask(refreshSession, { refreshToken: 'none', address }));
  const codes = await times(8, refresh);
  assert.equal(count(codes, 'unauthenticated'), LIMIT);
  assert.equal(count(codes, 'rate_limited'), 3);
  assert.equal(await login('somebody@example.com', address), 'unauthenticated');
});

test('what is stored of attempts names nobody, and goes', async () => {
  await login('private@example.com', '203.0.113.99');
  const stored = await storedText(auth);
  for (const text of ['private@example.com', '203.0.113.99']) assert.ok(!stored.includes(text), text);
  for (const name of ['attempts', 'knownAddresses']) {
    const indexes = await auth.db.collection(name).indexes();
    assert.ok(
      indexes.some(({ key, expireAfterSeconds }) => key['expiresAt'] === 1 && expireAfterSeconds === 0),
    );
  }
});
