import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JobEvent } from '@sluice/contracts';
import { decideUpdates, type ProjectedEvent } from './decide-projection.ts';
import { commandOf, eventsOf, lifeOf } from './testing/job-life.ts';

const command = commandOf({ jobId: 'job1' });
const projected = (event: JobEvent): ProjectedEvent => ({
  teamId: 'team1',
  jobId: 'job1',
  event,
  text: JSON.stringify(event.data),
});
const events = eventsOf(lifeOf(command), 10).map(projected);

describe('what a batch changes', () => {
  it('is one update for each job', () => {
    const other = events.map((event) => ({ ...event, jobId: 'job2' }));
    const updates = decideUpdates([...events, ...other, ...events]);
    assert.deepEqual(
      updates.map(({ jobId }) => jobId),
      ['job1', 'job2'],
    );
    assert.equal(Object.keys(updates[0]?.set ?? {}).filter((key) => key.startsWith('events.')).length, 6);
  });

  it('keeps the jobs of two teams apart when they have one id', () => {
    const foreign = events.map((event) => ({ ...event, teamId: 'team2' }));
    assert.equal(decideUpdates([...events, ...foreign]).length, 2);
  });

  it('ends with the finished state also when something comes after it', () => {
    const [first] = decideUpdates([...events].reverse());
    assert.deepEqual(first?.max, {
      lastSequence: 15,
      state: { rank: 1, sequence: 15, status: 'completed' },
    });
    const late = projected({ ...eventsOf(lifeOf(command), 10)[4], sequence: 99 } as JobEvent);
    const [second] = decideUpdates([...events, late]);
    assert.deepEqual(second?.max, {
      lastSequence: 99,
      state: { rank: 1, sequence: 15, status: 'completed' },
    });
  });

  it('takes the fields of the command from due as well', () => {
    const [update] = decideUpdates(events.slice(3, 4));
    assert.equal(update?.set['requestId'], 'request-1');
    assert.deepEqual(update?.set['createdAt'], new Date(command.at));
  });
});
