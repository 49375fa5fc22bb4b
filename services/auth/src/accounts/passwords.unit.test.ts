import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hash } from '@node-rs/argon2';
import { hash as bcryptHash } from '@node-rs/bcrypt';
import { hashPassword, makePasswordCheck } from './passwords.ts';

const check = await makePasswordCheck();
const right = async (password: string, passwordHash: string | null) =>
  (await check(password, passwordHash, null)).right;

test("a hash is argon2id with OWASP's parameters, and differs each time", async () => {
  const [one, other] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')]);
  assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  assert.notEqual(one, other);
});

test('only the right password passes, in any of its encodings', async () => {
  const passwordHash = await hashPassword('caf\u00e9 au lait');
  assert.equal(await right('cafe\u0301 au lait', passwordHash), true);
  assert.equal(await right('cafe au lait', passwordHash), false);
});

test('an unknown user has no right password, whatever hashes the check runs instead', async () => {
  const importedHash = await bcryptHash('anything', { cost: 4 });
  assert.equal((await check('anything', null, importedHash)).right, false);
  assert.equal((await check('anything', await hashPassword('else'), importedHash)).right, false);
  assert.equal((await check('anything', 'plain:anything', importedHash)).right, false);
});

// Of crypt_blowfish (wrapper.c) and jBCrypt (TestBCrypt.java), which most other suites repeat.
const PUBLISHED = [
  ['U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
  ['U*U*', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK'],
  ['U*U*U', '$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a'],
  ['U*U*U', '$2y$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a'],
  ['', '$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.'],
  ['a', '$2a$10$k87L/MF28Q673VKh8/cPi.SUl7MU/rWuSiIDDFayrKk/1tBsSQu4u'],
  ['abc', '$2a$10$WvvTPHKwdBJ3uk0Z37EMR.hLA2W6N9AEBhEgrAOljy2Ae5MtaSIUi'],
  ['\u0451', '$2y$05$6bNw2HLQYeqHYyBfLMsv/OUcZd0LKP39b87nBw3.S2tVZSqiQX6eu'],
  [
    '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored',
    '$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui',
  ],
] as const;

test('published bcrypt hashes are accepted with their passwords, under each of the three names, and no other', async () => {
  for (const [password, passwordHash] of PUBLISHED) {
    assert.equal(await right(password, passwordHash), true, passwordHash);
    assert.equal(await right(`x${password}`, passwordHash), false, passwordHash);
    const asOfOpenBsd = passwordHash.replace(/^\$2[ay]/, '$2b');
    assert.equal(await right(password, asOfOpenBsd), true, asOfOpenBsd);
  }
});

test('bcrypt reads 72 bytes: such a hash is kept, since the rest of the password was not checked', async () => {
  const passwordHash = await bcryptHash('a'.repeat(72), { cost: 4 });
  assert.deepEqual(await check('a'.repeat(72), passwordHash, null), { right: true, rehash: true });
  assert.deepEqual(await check('a'.repeat(80), passwordHash, null), { right: true, rehash: false });
  assert.deepEqual(await check('a'.repeat(71), passwordHash, null), { right: false, rehash: false });
});

test('a password with a NUL is never right for an imported hash', async () => {
  const whole = await bcryptHash('abc\0def', { cost: 4 });
  assert.equal(await right('abc\0def', whole), false);
  assert.equal(await right('abc', whole), false);
  assert.equal(await right('abc\0def', await bcryptHash('abc', { cost: 4 })), false);
});

test('argon2 hashes weaker than today’s are to be replaced, others are not, nor when the password is wrong', async () => {
  const rehash = async (options: Parameters<typeof hash>[1], password = 'pw') =>
    (await check(password, await hash('pw', options), null)).rehash;
  const today = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 };
  assert.equal(await rehash(today), false);
  assert.equal(await rehash({ ...today, memoryCost: 8_192 }), true);
  assert.equal(await rehash({ ...today, timeCost: 1 }), true);
  assert.equal(await rehash({ ...today, memoryCost: 32_768, timeCost: 3 }), false);
  assert.equal(await rehash({ ...today, algorithm: 1 }), true);
  assert.equal(await rehash({ ...today, timeCost: 1 }, 'wrong'), false);
});
