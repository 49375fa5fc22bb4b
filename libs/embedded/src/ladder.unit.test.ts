import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Binary, climb, type Rung } from './ladder.ts';

const binary: Binary = { path: '/bin/server', version: '1.0.0', source: 'a rung' };
const reached = (name: string): Rung => ({ name, attempt: async () => binary });
const closed = (name: string, reason: string, quiet = false): Rung => ({
  name,
  quiet,
  attempt: () => Promise.reject(new Error(reason)),
});

describe('the ladder of ways to get a server', () => {
  it('stops at the first rung that holds', async () => {
    const lines: string[] = [];
    const never: Rung = { name: 'never', attempt: () => assert.fail('tried a rung too many') };
    const rungs = [closed('PATH', 'not there', true), reached('download'), never];
    const report = (line: string) => lines.push(line);
    assert.equal(await climb({ program: 'server', rungs, advice: '', report }), binary);
    assert.deepEqual(lines, ['server: trying download (PATH: not there)']);
  });

  it('lists every way tried, its reason, and what to install when none holds', async () => {
    const rungs = [closed('PATH', 'found 2.9.10, need 2.14.0', true), closed('pip', 'is not installed')];
    await assert.rejects(
      climb({ program: 'server', rungs, advice: 'Install server by hand.', report: () => {} }),
      (error: Error) => {
        assert.match(error.message, /PATH: found 2\.9\.10, need 2\.14\.0/);
        assert.match(error.message, /pip: is not installed/);
        assert.match(error.message, /Install server by hand\.$/);
        return true;
      },
    );
  });
});
