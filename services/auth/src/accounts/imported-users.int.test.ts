import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { hash as argon2Hash } from '@node-rs/argon2';
import { hash as bcryptHash } from '@node-rs/bcrypt';
import { logIn, registerUser } from '@sluice/contracts';
import { type AuthUnderTest, authUnderTest } from '../testing/auth-under-test.ts';
import { accountRepository } from './account-repository.ts';

const PASSWORD = 'a password of some length';
let auth: AuthUnderTest;
let people = 0;
before(async () => {
  auth = await authUnderTest();
});
after(() => auth.stop());

/** An account whose hash another system made. */
async function imported(passwordHash: string): Promise<string> {
  people += 1;
  const { user } = await auth.ask(registerUser, {
    email: `person${people}@example.com`,
    password: 'replaced',
  });
  await auth.db.collection('users').updateOne({ email: user.email }, { $set: { passwordHash } });
  return user.email;
}
const stored = async (email: string) =>
  String((await auth.db.collection('users').findOne({ email }))?.['passwordHash']);
const login = (email: string, password = PASSWORD) => auth.ask(logIn, { email, password });
const refused = { code: 'unauthenticated' };

test('bcrypt hashes of each name log in, and are argon2id from then on', async () => {
  const made = await bcryptHash(PASSWORD, { cost: 4 });
  for (const name of ['$2a', '$2b', '$2y']) {
    const email = await imported(made.replace('$2b', name));
    await assert.rejects(login(email, 'a wrong password'), refused);
    assert.ok((await stored(email)).startsWith(name));
    await login(email);
    assert.match(await stored(email), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    await login(email);
    await assert.rejects(login(email, 'a wrong password'), refused);
  }
});

test('an upgrade does not undo a change of password that came between the check and it', async () => {
  const fromHash = await bcryptHash(PASSWORD, { cost: 4 });
  const email = await imported(fromHash);
  const { rehash, findUserByEmail } = accountRepository(auth.db);
  const userId = String((await findUserByEmail(email))?.id);
  const changed = await bcryptHash('another password', { cost: 4 });
  await auth.db.collection('users').updateOne({ email }, { $set: { passwordHash: changed } });
  await rehash({ userId, fromHash, toHash: await bcryptHash(PASSWORD, { cost: 4 }) });
  assert.equal(await stored(email), changed);
  await rehash({ userId, fromHash: changed, toHash: fromHash });
  assert.equal(await stored(email), fromHash);
});

test('a hash by weaker argon2 parameters is replaced at the next login', async () => {
  const email = await imported(await argon2Hash(PASSWORD, { memoryCost: 8_192, timeCost: 1 }));
  await login(email);
  assert.match(await stored(email), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
});

test('a text that is no hash logs nobody in', async () => {
  for (const text of [
    PASSWORD,
    '',
    '$2b$31$',
    '$2x$04$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e',
  ]) {
    await assert.rejects(login(await imported(text)), refused, text);
  }
});
