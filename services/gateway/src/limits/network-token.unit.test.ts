import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkToken } from './network-token.ts';

test('a network is one token of a subject, another for each', () => {
  assert.match(networkToken('192.0.2.7'), /^[0-9a-f]{32}$/);
  assert.notEqual(networkToken('192.0.2.7'), networkToken('192.0.2.8'));
});
