import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  authEventSubjects,
  getJwks,
  type Jwks,
  keysAnnouncedSchema,
  logIn,
  registerUser,
} from '@sluice/contracts';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { type Announce, announcingOn } from '../announcing.ts';
import { startAuth } from '../app.ts';
import { type AuthUnderTest, authUnderTest } from '../testing/auth-under-test.ts';
import { eventBody } from '../testing/event-body.ts';
import { signedAnnouncing } from './sign-event.ts';
import { deriveSigningKey, type SigningKey } from './signing-key.ts';

const OLD = 'the secret before the rotation, of length';
const NEW = 'the secret after the rotation, of length';
const person = { email: 'ada@example.com', password: 'long enough' };

let auth: AuthUnderTest;
let aheadMs = 0;
let [oldKid, newKid] = ['', ''];
before(async () => {
  const now = () => new Date(Date.now() + aheadMs);
  auth = await authUnderTest({ change: { JWT_SECRET: OLD }, now });
  await auth.ask(registerUser, person);
  [oldKid, newKid] = (await Promise.all([deriveSigningKey(OLD), deriveSigningKey(NEW)])).map(
    ({ kid }) => kid,
  ) as [string, string];
});
after(() => auth.stop());

/** Asks until both replicas have answered; which of them does is NATS's choice. */
async function answersOfBoth<Answer>(ask: () => Promise<Answer>, kindOf: (answer: Answer) => string) {
  const answers = new Map<string, Answer>();
  while (answers.size < 2) {
    const answer = await ask();
    answers.set(kindOf(answer), answer);
  }
  return [...answers.values()];
}
const jwks = (): Promise<Jwks> => auth.ask(getJwks, {});
const kidsOf = ({ keys }: Jwks) => keys.map(({ kid }) => kid);
const kidOf = (token: string) => String(decodeProtectedHeader(token).kid);
const verifies = (token: string, keys: Jwks) => jwtVerify(token, createLocalJWKSet(keys));

test('while JWT_SECRET is changed replica by replica, each of them names the keys of both', async () => {
  const replica = await startAuth({ ...auth.config, JWT_SECRET: NEW, JWT_SECRET_PREVIOUS: [OLD] }, auth.deps);
  try {
    const sessions = await answersOfBoth(
      () => auth.ask(logIn, person),
      ({ accessToken }) => kidOf(accessToken),
    );
    const sets = await answersOfBoth(jwks, (set) => kidsOf(set)[0] ?? '');
    for (const set of sets) {
      assert.deepEqual(kidsOf(set).sort(), [oldKid, newKid].sort());
      for (const { accessToken } of sessions) await verifies(accessToken, set);
    }
  } finally {
    await replica.stop();
  }
});

test('a replica whose secret no other one knows is not listened to', async () => {
  const other = 'another secret, which knows of no previous';
  const otherKid = (await deriveSigningKey(other)).kid;
  const heard = auth.nc.subscribe(authEventSubjects.jwks);
  const replica = await startAuth({ ...auth.config, JWT_SECRET: other }, auth.deps);
  try {
    for await (const msg of heard) {
      const { keys } = keysAnnouncedSchema.parse(eventBody(msg.string()));
      if (keys.some(({ kid }) => kid === otherKid)) break;
    }
    const sets = await answersOfBoth(jwks, (set) => kidsOf(set)[0] ?? '');
    for (const kids of sets.map(kidsOf)) assert.notEqual(kids.includes(oldKid), kids.includes(otherKid));
  } finally {
    await replica.stop();
  }
});

test('a key whose replicas are gone is named no more after 90 seconds, and its tokens verify no more', async () => {
  const replica = await startAuth({ ...auth.config, JWT_SECRET: NEW, JWT_SECRET_PREVIOUS: [OLD] }, auth.deps);
  const sessions = await answersOfBoth(
    () => auth.ask(logIn, person),
    ({ accessToken }) => kidOf(accessToken),
  ).finally(() => replica.stop());
  const { accessToken = '' } = sessions.find((session) => kidOf(session.accessToken) === newKid) ?? {};
  let named = await jwks();
  assert.deepEqual(kidsOf(named), [oldKid, newKid]);
  await verifies(accessToken, named);
  try {
    aheadMs = 90_000;
    named = await jwks();
    assert.deepEqual(kidsOf(named), [oldKid]);
    await assert.rejects(verifies(accessToken, named), { code: 'ERR_JWKS_NO_MATCHING_KEY' });
    await verifies((await auth.ask(logIn, person)).accessToken, named);
  } finally {
    aheadMs = 0;
  }
});

test('an announcement that is unsigned, of another key, old, or made for another subject names nothing', async () => {
  const before = kidsOf(await jwks()).sort();
  const forger = await deriveSigningKey('a secret that nobody has given to auth');
  const genuine = await deriveSigningKey(OLD);
  const body = { v: 1, keys: forger.jwks.keys };
  const raw = announcingOn(auth.nc);
  const signedBy = (signingKey: SigningKey, aheadMs = 0) =>
    signedAnnouncing({ announce: raw, signingKey, now: () => new Date(Date.now() + aheadMs) });
  const { jwks: subject, revoked } = authEventSubjects;
  await raw(subject, subject, body, 'request-1');
  await signedBy(forger)(subject, subject, body, 'request-2');
  for (const off of [-61_000, 61_000]) await signedBy(genuine, off)(subject, subject, body, 'request-3');
  const misled: Announce = (_subject, _template, event, id) => raw(subject, subject, event, id);
  await signedAnnouncing({ announce: misled, signingKey: genuine, now: () => new Date() })(
    ...([revoked, revoked, body, 'request-4'] as const),
  );
  // Asked on the connection that all of it went out on.
  assert.deepEqual(kidsOf(await jwks()).sort(), before);
  await signedBy(genuine)(subject, subject, body, 'request-5');
  assert.deepEqual(kidsOf(await jwks()).sort(), [...before, forger.kid].sort());
});
