import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkOf } from './client-network.ts';

test('an IPv4 address counts for itself, also when it is written as IPv6', () => {
  assert.equal(networkOf('203.0.113.7'), '203.0.113.7');
  assert.equal(networkOf('::ffff:203.0.113.7'), '203.0.113.7');
});

test('an IPv6 address counts for its /64, however it is written', () => {
  for (const address of [
    '2001:db8:0:1::1',
    '2001:0DB8:0000:0001:ffff:1:2:3',
    '2001:db8::1:0:0:0:9',
    '2001:db8:0:1::%eth0',
  ]) {
    assert.equal(networkOf(address), '2001:db8:0:1', address);
  }
  assert.notEqual(networkOf('2001:db8:0:2::1'), networkOf('2001:db8:0:1::1'));
  assert.equal(networkOf('2001:db8::1'), '2001:db8:0:0');
  assert.equal(networkOf('fe80::1%eth0'), 'fe80:0:0:0');
  assert.equal(networkOf('::1'), '0:0:0:0');
});
