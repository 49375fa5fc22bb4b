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
import { startAuth } from '../app.ts';
import { type AuthUnderTest, authUnderTest } from '../testing/auth-under-test.ts';
import { deriveSigningKey } from './signing-key.ts';

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

test('a new replica names the keys of the others at once, even when it was not given their secret', async () => {
  const other = 'another secret, which knows of no previous';
  const otherKid = (await deriveSigningKey(other)).kid;
  const heard = auth.nc.subscribe(authEventSubjects.jwks);
  const announced = new Set<string>();
  const all = (async () => {
    for await (const msg of heard) {
      for (const { kid } of keysAnnouncedSchema.parse(msg.json()).keys) announced.add(kid);
      if (announced.has(oldKid) && announced.has(otherKid)) return;
    }
  })();
  const replica = await startAuth({ ...auth.config, JWT_SECRET: other }, auth.deps);
  try {
    await all;
    const sets = await answersOfBoth(jwks, (set) => kidsOf(set)[0] ?? '');
    for (const set of sets) assert.ok(kidsOf(set).includes(oldKid) && kidsOf(set).includes(otherKid));
  } finally {
    await replica.stop();
  }
});

test('a key whose replicas are gone is named no more after 90 seconds, and its tokens verify no more', async () => {
  const { accessToken } = await auth.ask(logIn, person);
  assert.equal(kidOf(accessToken), oldKid);
  // Heard of the old key, though not given its secret.
  const replica = await startAuth({ ...auth.config, JWT_SECRET: NEW }, auth.deps);
  try {
    await answersOfBoth(jwks, (set) => kidsOf(set)[0] ?? '');
    await auth.restart({ JWT_SECRET: NEW });
    let named = await jwks();
    while (!kidsOf(named).includes(oldKid)) named = await jwks();
    await verifies(accessToken, named);
    aheadMs = 90_000;
    for (let asked = 0; asked < 20; asked += 1) {
      named = await jwks();
      assert.deepEqual(kidsOf(named), [newKid]);
      await assert.rejects(verifies(accessToken, named), { code: 'ERR_JWKS_NO_MATCHING_KEY' });
    }
    await verifies((await auth.ask(logIn, person)).accessToken, named);
  } finally {
    aheadMs = 0;
    await replica.stop();
  }
});
