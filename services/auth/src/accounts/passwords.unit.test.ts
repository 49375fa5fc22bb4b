import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashPassword, makePasswordCheck } from './passwords.ts';

test("a hash is argon2id with OWASP's parameters, and differs each time", async () => {
  const [one, other] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')]);
  assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  assert.notEqual(one, other);
});

test('only the right password passes, in any of its encodings', async () => {
  const check = await makePasswordCheck();
  const passwordHash = await hashPassword('caf\u00e9 au lait');
  assert.equal(await check('cafe\u0301 au lait', passwordHash), true);
  assert.equal(await check('cafe au lait', passwordHash), false);
});

test('an unknown user has no right password', async () => {
  const check = await makePasswordCheck();
  assert.equal(await check('anything', null), false);
});
