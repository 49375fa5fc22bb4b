import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isAtLeast, parseVersion, requireVersion } from './version.ts';

describe('the version of a server', () => {
  it('is read from what the servers print', () => {
    assert.deepEqual(parseVersion('nats-server: v2.15.1'), [2, 15, 1]);
    assert.deepEqual(parseVersion('db version v6.0.5\nBuild Info: {}'), [6, 0, 5]);
    assert.deepEqual(parseVersion('nats-server: v2.16.0-preview.1'), [2, 16, 0]);
    assert.equal(parseVersion('command not found'), undefined);
  });

  it('compares by number, not by text', () => {
    assert.equal(isAtLeast([2, 14, 0], [2, 14, 0]), true);
    assert.equal(isAtLeast([2, 9, 10], [2, 14, 0]), false);
    assert.equal(isAtLeast([2, 14, 1], [2, 14, 0]), true);
    assert.equal(isAtLeast([3, 0, 0], [2, 14, 9]), true);
    assert.equal(isAtLeast([1, 99, 99], [2, 0, 0]), false);
  });

  it('is refused with both versions named when it is too old', () => {
    assert.throws(
      () => requireVersion('nats-server', 'nats-server: v2.9.10', [2, 14, 0]),
      /nats-server 2\.14\.0 or newer is needed, found 2\.9\.10/,
    );
  });
});
