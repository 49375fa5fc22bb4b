import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { afterEnd, NO_RESTARTS, pauseBeforeRestart } from './restart-pause.ts';

const endedAfter = (...upFor: number[]) => upFor.reduce(afterEnd, NO_RESTARTS);

describe('the pause before a service starts again', () => {
  it('grows while the service keeps ending, up to a bound', () => {
    const pauses = [1, 2, 3, 4, 20].map((times) => pauseBeforeRestart(endedAfter(...Array(times).fill(100))));
    assert.deepEqual(pauses, [500, 1_000, 2_000, 4_000, 30_000]);
  });

  it('is short again after the service was up for a while', () => {
    assert.equal(pauseBeforeRestart(endedAfter(100, 100, 100, 60_000)), 500);
  });
});
