import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requireServerVersion } from './server-version.ts';

test('2.14 and newer are taken', () => {
  for (const version of ['2.14.0', '2.14.0-RC.1', '2.15.2', '2.100.0', '3.0.0'])
    requireServerVersion(version);
});

test('older ones are refused with both versions named', () => {
  for (const version of ['2.13.9', '2.9.10', '1.99.0']) {
    assert.throws(() => requireServerVersion(version), new RegExp(`${version}.*2\\.14\\.0`));
  }
  assert.throws(() => requireServerVersion(''), /unknown/);
});
