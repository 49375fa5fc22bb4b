import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { networkOf, networkToken } from './client-network.ts';

describe('the network that a client is counted by', () => {
  it('is its address, or 64 bits of it', () => {
    const cases = [
      ['192.0.2.7', '192.0.2.7'],
      ['::ffff:192.0.2.7', '192.0.2.7'],
      ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
      ['2001:0DB8:0001:0002::9', '2001:db8:1:2'],
      ['2001:db8::1', '2001:db8:0:0'],
      ['::1', '0:0:0:0'],
      ['fe80::1%eth0', 'fe80:0:0:0'],
    ] as const;
    for (const [address, network] of cases) assert.equal(networkOf(address), network, address);
  });

  it('is one token of a subject, another for each network', () => {
    assert.match(networkToken('192.0.2.7'), /^[0-9a-f]{32}$/);
    assert.notEqual(networkToken('192.0.2.7'), networkToken('192.0.2.8'));
  });
});
