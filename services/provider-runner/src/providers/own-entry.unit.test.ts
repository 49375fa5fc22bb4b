import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownEntry } from './own-entry.ts';

test('a name that every object has is not in the table', () => {
  const table = { length: 'length' };
  assert.equal(ownEntry(table, 'length'), 'length');
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
    assert.equal(ownEntry(table, name), undefined, name);
  }
});
