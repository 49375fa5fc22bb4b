import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spellingsOf } from './spellings.ts';

const SECRET = 'Geheim/4711+ünlösbar?';
const found = (text: string) => spellingsOf(SECRET).some((spelling) => text.includes(spelling));

test('a secret is found in every encoding, wherever it begins inside what was encoded', () => {
  for (const before of ['', 'a', 'ab', 'abc', 'abcd']) {
    for (const after of ['', 'x', 'xy', 'xyz']) {
      const bytes = Buffer.from(before + SECRET + after);
      for (const encoding of ['utf8', 'base64', 'base64url', 'hex'] as const) {
        assert.ok(found(bytes.toString(encoding)), `${before}…${after} in ${encoding}`);
      }
      assert.ok(found(bytes.toString('hex').toUpperCase()));
      assert.ok(found(encodeURIComponent(bytes.toString())));
      assert.ok(found(JSON.stringify({ key: bytes.toString() })));
    }
  }
});

test('what only resembles it is not found', () => {
  const other = 'Geheim/4712+ünlösbar?';
  for (const encoding of ['utf8', 'base64', 'base64url', 'hex'] as const) {
    assert.equal(found(Buffer.from(other).toString(encoding)), false, encoding);
  }
});
