import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type GuardedProcess, identifyProcess, startGuarded } from '@sluice/embedded';
import { supervise } from './supervise.ts';

let root: string;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'sluice-supervise-'));
});
after(() => rm(root, { recursive: true, force: true }));

const UNTIL_STOPPED = 'setInterval(() => {}, 1000)';

/** Supervises a Node script; `started` is called with each process of it. */
const superviseScript = (name: string, script: string, started: (one: GuardedProcess) => void = () => {}) => {
  const lines: string[] = [];
  const supervised = supervise({
    name,
    report: (line) => lines.push(line),
    start: async () => {
      const one = await startGuarded({
        command: process.execPath,
        args: ['-e', script],
        logFile: join(root, `${name}.log`),
        pidFile: join(root, `${name}.pid`),
        graceMs: 200,
      });
      started(one);
      return one;
    },
  });
  return { supervised, lines };
};

describe('a supervised process', () => {
  it('is started again after it was killed, says so, and stays down once stopped', async () => {
    const { promise: second, resolve } = Promise.withResolvers<GuardedProcess>();
    let starts = 0;
    const { supervised, lines } = superviseScript('killed', UNTIL_STOPPED, (one) => {
      starts += 1;
      if (starts === 2) resolve(one);
    });
    const first = await supervised.first;
    process.kill(first.pid, 'SIGKILL');
    const { pid } = await second;
    assert.deepEqual(lines, ['killed was ended by SIGKILL; it starts again in 0.5 s']);
    assert.equal(supervised.ends(), 1);
    await supervised.stop();
    assert.equal(identifyProcess(pid), undefined);
    assert.equal(starts, 2);
  });

  it('can be stopped in the pause before its next start', async () => {
    const { supervised, lines } = superviseScript('short', 'process.exit(7)');
    await (await supervised.first).exited;
    await supervised.stop();
    assert.match(lines.join('\n'), /^(short ended with exit code 7; it starts again in 0\.5 s)?$/);
  });

  it('is ended by force when it ignores the request to end', async () => {
    const { supervised } = superviseScript(
      'stubborn',
      `process.on('SIGTERM', () => console.log('no')); console.log('up'); ${UNTIL_STOPPED}`,
    );
    const { pid, exited } = await supervised.first;
    while (!(await readFile(join(root, 'stubborn.log'), 'utf8')).includes('up')) {
      await new Promise(setImmediate);
    }
    await supervised.stop();
    assert.equal((await exited).signal, 'SIGKILL');
    assert.equal(identifyProcess(pid), undefined);
  });

  it('reports a program that cannot be started at all', async () => {
    const supervised = supervise({
      name: 'missing',
      report: () => {},
      start: () =>
        startGuarded({
          command: join(root, 'no-such-program'),
          args: [],
          logFile: join(root, 'missing.log'),
          pidFile: join(root, 'missing.pid'),
          graceMs: 100,
        }),
    });
    await assert.rejects(supervised.first, /ENOENT/);
    await supervised.stop();
  });
});
