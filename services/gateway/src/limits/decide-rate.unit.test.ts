import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decideRate } from './decide-rate.ts';

const at = (limit: number, previous: number, current: number, elapsed: number) =>
  decideRate({ limit, previous, current, elapsed });

describe('a rate in a window that slides', () => {
  it('lets as many pass as the limit says, and no more', () => {
    assert.deepEqual(at(10, 0, 0, 0.5), { allowed: true, remaining: 9, waitWindows: 0 });
    assert.deepEqual(at(10, 0, 9, 0.5), { allowed: true, remaining: 0, waitWindows: 0 });
    assert.equal(at(10, 0, 10, 0.5).allowed, false);
  });

  it('allows no second burst behind the border of two windows', () => {
    assert.equal(at(10, 10, 0, 0).allowed, false);
    assert.equal(at(10, 10, 0, 0.1).allowed, true);
    assert.equal(at(10, 10, 1, 0.1).allowed, false);
    assert.equal(at(10, 10, 4, 0.5).allowed, true);
    assert.equal(at(10, 10, 5, 0.5).allowed, false);
  });

  it('says when the next one is allowed: then it is, and not before', () => {
    for (const limit of [1, 2, 10, 600]) {
      for (const previous of [0, 1, limit, limit * 2]) {
        for (const current of [0, 1, limit - 1, limit, limit * 3]) {
          for (const elapsed of [0, 0.25, 0.999]) {
            const { allowed, waitWindows } = at(limit, previous, current, elapsed);
            const then = (time: number) =>
              time >= 2
                ? at(limit, 0, 0, time - 2)
                : time >= 1
                  ? at(limit, current, 0, time - 1)
                  : at(limit, previous, current, time);
            const where = JSON.stringify({ limit, previous, current, elapsed, waitWindows });
            if (allowed) {
              assert.equal(waitWindows, 0, where);
              continue;
            }
            assert.ok(waitWindows > 0, where);
            assert.equal(then(elapsed + waitWindows + 1e-9).allowed, true, where);
            assert.equal(then(elapsed + waitWindows - 1e-6).allowed, false, where);
          }
        }
      }
    }
  });
});
