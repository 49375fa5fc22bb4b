import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { JOB_EVENTS, PRIORITIES, subjectsOf } from './subjects.ts';

describe('the subjects of jobs', () => {
  const subjects = subjectsOf('work');

  it('are named after the queue, their stream in upper case', () => {
    assert.equal(subjects.stream, 'WORK');
    assert.equal(subjects.event('batch', 't1', 'j1', 'ready'), 'work.batch.t1.j1.ready');
    assert.equal(subjects.job('t1', 'j1'), 'work.*.t1.j1.>');
    assert.equal(subjects.end('t1', 'j1'), 'work.*.t1.j1.finished');
  });

  it('read back as they were built, also where the server repeats them', () => {
    for (const priority of PRIORITIES) {
      for (const event of JOB_EVENTS) {
        const subject = subjects.event(priority, 't-1', 'j_1', event);
        const expected = { priority, teamId: 't-1', jobId: 'j_1', event };
        assert.deepEqual(subjects.parse(subject), expected);
        assert.deepEqual(subjects.parse(`stored.${subject}`), expected);
      }
    }
  });

  it('are null when they are none', () => {
    const none = [
      '',
      'work',
      'work.batch.t1.j1',
      'work.batch.t1.j1.ready.more',
      'work.batch..j1.ready',
      'work.batch.t1..ready',
      'work.urgent.t1.j1.ready',
      'work.batch.t1.j1.exploded',
      'jobs.batch.t1.j1.ready',
      'work.toString.t1.j1.ready',
    ];
    for (const subject of none) assert.equal(subjects.parse(subject), null, subject);
  });
});
