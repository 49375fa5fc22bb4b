import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  compareAttempts,
  decodePosition,
  encodePosition,
  POSITION_END,
  POSITION_REQUESTED,
  positionAtStart,
} from './position.ts';

const whole = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const position = fc.record(
  { sequence: whole, delivery: whole, next: whole, textOffset: whole, reasoningOffset: whole },
  { noNullPrototype: true },
);

describe("a reader's position", () => {
  it('reads back as it was written', () => {
    fc.assert(fc.property(position, (one) => assert.deepEqual(decodePosition(encodePosition(one)), one)));
    assert.deepEqual(decodePosition(encodePosition(POSITION_END)), POSITION_END);
    assert.deepEqual(decodePosition(encodePosition(POSITION_REQUESTED)), POSITION_REQUESTED);
  });

  it('is safe as the id of a server-sent event', () => {
    fc.assert(fc.property(position, (one) => assert.match(encodePosition(one), /^[0-9-]+$/)));
  });

  it('is null for anything else', () => {
    const others = ['', '1', '1-2-3-4', '1-2-3-4-5-6', '1-2-3-4-', 'a-2-3-4-5', '-1-2-3-4-5', ' 1-2-3-4-5'];
    for (const text of [...others, '1-2-3-4-5\n', '1.5-2-3-4-5', '9007199254740993-1-1-1-1']) {
      assert.equal(decodePosition(text), null, JSON.stringify(text));
    }
    fc.assert(
      fc.property(fc.string(), (text) => {
        const read = decodePosition(text);
        if (read) assert.ok(Object.values(read).every(Number.isSafeInteger));
      }),
    );
  });

  it('orders attempts by sequence, then delivery', () => {
    const attempts = [
      { sequence: 9, delivery: 2 },
      { sequence: 10, delivery: 1 },
      { sequence: 9, delivery: 10 },
    ];
    const ordered = [...attempts].sort(compareAttempts).map((one) => [one.sequence, one.delivery]);
    assert.deepEqual(ordered, [
      [9, 2],
      [9, 10],
      [10, 1],
    ]);
    assert.deepEqual(positionAtStart({ sequence: 9, delivery: 2 }), {
      ...POSITION_REQUESTED,
      sequence: 9,
      delivery: 2,
    });
  });
});
