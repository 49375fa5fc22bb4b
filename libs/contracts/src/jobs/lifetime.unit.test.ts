import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { topologyOf } from '../topology.ts';
import { endsBy } from './lifetime.ts';

const at = '2026-01-01T00:00:00.000Z';

describe('when a job must have ended', () => {
  it('is its deadline', () => {
    const deadlineAt = '2026-01-01T01:00:00.000Z';
    assert.equal(endsBy({ at, deadlineAt }), Date.parse(deadlineAt));
  });

  it('is 23 hours after it was asked for without one, and never later', () => {
    const last = Date.parse('2026-01-01T23:00:00.000Z');
    assert.equal(endsBy({ at, deadlineAt: null }), last);
    assert.equal(endsBy({ at, deadlineAt: '2026-02-01T00:00:00.000Z' }), last);
  });

  it('is an hour before the stream forgets it', () => {
    const jobs = topologyOf().streams.find(({ name }) => name === 'JOBS');
    const forgottenMs = Number(jobs?.['max_age']) / 1e6;
    assert.equal(endsBy({ at, deadlineAt: null }) - Date.parse(at), forgottenMs - 3600 * 1000);
  });
});
