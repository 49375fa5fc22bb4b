import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { verify as argon2Verify } from '@node-rs/argon2';
import { hash as bcryptHash, verify as bcryptVerify } from '@node-rs/bcrypt';
import { logIn, registerUser } from '@sluice/contracts';
import { type AuthUnderTest, authUnderTest } from '../testing/auth-under-test.ts';
import { makePasswordCheck } from './passwords.ts';

// A time that is measured says little on a busy machine: what is compared is the work, hash by hash with its cost.

const PASSWORD = 'a password of some length';
const ARGON2 = '$argon2id$v=19$m=19456,t=2,p=1$';
const BCRYPT = '$2b$04$';
let auth: AuthUnderTest;
/** The kind and cost of every hash that was verified. */
let work: string[];
before(async () => {
  const checkPassword = await makePasswordCheck({
    argon2: (passwordHash, password) => {
      work.push(passwordHash.slice(0, ARGON2.length));
      return argon2Verify(passwordHash, password);
    },
    bcrypt: (password, passwordHash) => {
      work.push(passwordHash.slice(0, BCRYPT.length));
      return bcryptVerify(password, passwordHash);
    },
  });
  auth = await authUnderTest({ checkPassword });
  for (const email of ['known@example.com', 'imported@example.com']) {
    await auth.ask(registerUser, { email, password: PASSWORD });
  }
});
after(() => auth.stop());
beforeEach(() => {
  work = [];
});

const workOf = async (email: string): Promise<string[]> => {
  work = [];
  await assert.rejects(auth.ask(logIn, { email, password: 'not this one' }), { code: 'unauthenticated' });
  return work.toSorted();
};

test('an unknown user costs the same hash as a wrong password of a known one', async () => {
  assert.deepEqual(await workOf('known@example.com'), [ARGON2]);
  assert.deepEqual(await workOf('nobody@example.com'), [ARGON2]);
});

test('while any imported hash is left, everybody costs both: unknown, known and imported users alike', async () => {
  const passwordHash = await bcryptHash(PASSWORD, { cost: 4 });
  const email = 'imported@example.com';
  await auth.db.collection('users').updateOne({ email }, { $set: { passwordHash } });
  for (const one of ['nobody@example.com', 'known@example.com', email]) {
    assert.deepEqual(await workOf(one), [BCRYPT, ARGON2].toSorted(), one);
  }
  await auth.ask(logIn, { email, password: PASSWORD });
  assert.deepEqual(await workOf('nobody@example.com'), [ARGON2]);
});
