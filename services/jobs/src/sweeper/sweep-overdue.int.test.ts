import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  type Command,
  finishedSchema,
  gatewaySubjects,
  type JobStatus,
  jobCancelledSubject,
  TIMERS_STREAM,
  timerSubjects,
} from '@sluice/contracts';
import {
  jsonOf,
  lastBySubject,
  publishGuarded,
  publishStored,
  readSubject,
  scheduleHeaders,
  subjectsIn,
} from '@sluice/messaging';
import { answerGet } from '../jobs/get-job.ts';
import { ensureIndexes } from '../jobs/job-document.ts';
import { projectBatch } from '../jobs/projector.ts';
import { commandOf, finishedOf, lifeOf, runOf, type Written } from '../jobs/testing/job-life.ts';
import { openWorld } from '../jobs/testing/jobs-world.ts';
import { overdueAt, sweepOverdue } from './sweep-overdue.ts';

const HOUR = 3_600_000;
const MADE = Date.UTC(2026, 0, 1);
const time = (ms: number): string => new Date(MADE + ms).toISOString();

describe('sweeping what is overdue', { timeout: 120_000 }, () => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  before(async () => {
    world = await openWorld();
    await ensureIndexes(world.jobs);
  });
  after(() => world.close());

  /** `now` in milliseconds since the jobs of the test were made. */
  const sweepAt = (now: number) => sweepOverdue({ ...world, now: () => new Date(MADE + now) });
  const store = async (command: Command, ...later: Written[]): Promise<Command> => {
    await world.publishAll(command, [{ type: 'requested', body: command }, ...later]);
    const { nc, subjects } = world;
    await projectBatch(world, await readSubject(nc, subjects.stream, subjects.job('team1', command.jobId)));
    return command;
  };
  const statusOf = async ({ jobId }: Command): Promise<JobStatus> =>
    (await answerGet(world, { teamId: 'team1', jobId })).job.status;
  const started = { type: 'started' as const, body: { v: 1, ...runOf(1) } };

  it('ends what nobody took at its deadline, not before, and nothing else', async () => {
    const due = await store(commandOf({ deadlineAt: time(60_000) }));
    const later = await store(commandOf({ deadlineAt: time(60_001) }));
    const never = await store(commandOf());
    assert.equal(await sweepAt(59_999), 0);
    assert.equal(await sweepAt(60_000), 1);
    assert.deepEqual(await Promise.all([due, later, never].map(statusOf)), ['expired', 'queued', 'queued']);
    const { job } = await answerGet(world, { teamId: 'team1', jobId: due.jobId });
    assert.equal(job.error?.code, 'deadline_exceeded');
    assert.deepEqual([job.result, job.attempts], [null, []]);
    await sweepAt(23 * HOUR);
  });

  it('ends what has no deadline an hour before the stream forgets it', async () => {
    const command = await store(commandOf());
    assert.equal(await sweepAt(23 * HOUR - 1), 0);
    assert.equal(await sweepAt(23 * HOUR), 1);
    assert.equal(await statusOf(command), 'expired');
  });

  it('ends what waits beyond its deadline, and takes its timer away', async () => {
    const command = commandOf({ deadlineAt: time(60_000) });
    const { teamId, jobId, priority } = command;
    await store(command, ...lifeOf(command).slice(1, 3));
    const subject = timerSubjects.at(priority, teamId, jobId);
    await publishStored(world.nc, {
      ...{ subject, body: '{}' },
      headers: scheduleHeaders({
        at: Date.now() + 60_000,
        target: timerSubjects.due(priority, teamId, jobId),
        ttl: '1h',
      }),
    });
    assert.equal(await statusOf(command), 'waiting');
    assert.equal(await sweepAt(60_000), 1);
    assert.equal(await statusOf(command), 'expired');
    assert.equal(await lastBySubject(world.nc, TIMERS_STREAM, subject), null);
  });

  it('gives who runs it ten seconds to end it, then ends it with its attempt and tells everybody', async () => {
    const command = await store(commandOf({ deadlineAt: time(60_000) }), started);
    const { teamId, jobId, gatewayId } = command;
    const runners = Promise.withResolvers<void>();
    const gateway = Promise.withResolvers<unknown>();
    world.nc.subscribe(jobCancelledSubject(teamId, jobId), { callback: () => runners.resolve() });
    world.nc.subscribe(gatewaySubjects.finished(gatewayId), {
      callback: (_error, { data }) => gateway.resolve(jsonOf(data)),
    });
    assert.equal(await sweepAt(69_999), 0);
    assert.equal(await sweepAt(70_000), 1);
    await runners.promise;
    const end = finishedSchema.parse(await gateway.promise);
    assert.deepEqual([end.status, end.jobId, end.run?.number], ['expired', jobId, 1]);
    const { job } = await answerGet(world, { teamId, jobId });
    assert.deepEqual([job.status, job.attempts.length, job.attempts[0]?.status], ['expired', 1, 'expired']);
  });

  it('ends nothing twice: what has ended is written into an index that is behind', async () => {
    const command = await store(commandOf({ deadlineAt: time(60_000) }), started);
    await world.publish(command, { type: 'finished', body: finishedOf(command.jobId, 1) });
    assert.equal((await world.jobs.findOne({ _id: command.jobId }))?.state.status, 'running');
    assert.equal(await sweepAt(2 * HOUR), 0);
    assert.equal((await world.jobs.findOne({ _id: command.jobId }))?.state.status, 'completed');
    const { subjects, nc } = world;
    const end = subjects.event('interactive', 'team1', command.jobId, 'finished');
    assert.deepEqual(await subjectsIn(nc, subjects.stream, subjects.end('team1', command.jobId)), {
      [end]: 1,
    });
  });

  it('and a runner at the same moment leave one end, whoever is first', async () => {
    const commands = await Promise.all(
      Array.from({ length: 50 }, () => store(commandOf({ deadlineAt: time(60_000) }), started)),
    );
    const { nc, subjects } = world;
    const [ended, ...runners] = await Promise.all([
      sweepAt(HOUR),
      ...commands.map(({ jobId }) =>
        publishGuarded(nc, {
          stream: subjects.stream,
          subject: subjects.event('interactive', 'team1', jobId, 'finished'),
          body: JSON.stringify(finishedOf(jobId, 1)),
          guard: { filter: subjects.end('team1', jobId), sequence: 0 },
        }),
      ),
    ]);
    assert.equal(ended + runners.filter(({ stored }) => stored).length, commands.length);
    for (const { jobId } of commands) {
      const held = await subjectsIn(nc, subjects.stream, subjects.end('team1', jobId));
      assert.deepEqual(Object.values(held), [1]);
    }
  });

  it('finds them by its index', async () => {
    const plan = await world.jobs.find(overdueAt(new Date())).sort({ endsBy: 1 }).explain('queryPlanner');
    const winning = JSON.stringify(plan['queryPlanner'].winningPlan);
    assert.match(winning, /"unfinished"/);
    assert.doesNotMatch(winning, /"COLLSCAN"|"SORT"/);
  });
});
