import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  AppError,
  finishedSchema,
  gatewaySubjects,
  jobCancelledSubject,
  newId,
  TIMERS_STREAM,
  timerSubjects,
} from '@sluice/contracts';
import { jsonOf, lastBySubject, publishStored, scheduleHeaders } from '@sluice/messaging';
import { answerCancel } from './cancel-job.ts';
import { commandOf, finishedOf, lifeOf, runOf } from './testing/job-life.ts';
import { openWorld } from './testing/jobs-world.ts';

describe('cancelling a job', () => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  before(async () => {
    world = await openWorld();
  });
  after(() => world.close());

  const deps = () => ({ ...world, now: () => new Date() });
  const cancel = (jobId: string, teamId = 'team1') => answerCancel(deps(), { teamId, jobId }, 'request-9');

  it('ends one that runs, with its attempt, and tells the runners and the gateway that waits', async () => {
    const command = commandOf();
    const { jobId, teamId, gatewayId } = command;
    await world.publish(command, { type: 'requested', body: command });
    await world.publish(command, { type: 'started', body: { v: 1, ...runOf(1) } });
    const runners = Promise.withResolvers<void>();
    const gateway = Promise.withResolvers<unknown>();
    world.nc.subscribe(jobCancelledSubject(teamId, jobId), { callback: () => runners.resolve() });
    world.nc.subscribe(gatewaySubjects.finished(gatewayId), {
      callback: (_error, { data }) => gateway.resolve(jsonOf(data)),
    });
    const { job } = await cancel(jobId);
    assert.equal(job.status, 'cancelled');
    await runners.promise;
    const end = await lastBySubject(world.nc, world.subjects.stream, world.subjects.end(teamId, jobId));
    assert.deepEqual(finishedSchema.parse(await gateway.promise), finishedSchema.parse(end?.json()));
    assert.equal(job.attempts[0]?.finishedAt, job.finishedAt);
  });

  it('takes the timer from one that waits', async () => {
    const command = commandOf();
    const { jobId, teamId, priority } = command;
    for (const written of lifeOf(command).slice(0, 3)) await world.publish(command, written);
    const subject = timerSubjects.at(priority, teamId, jobId);
    await publishStored(world.nc, {
      subject,
      body: JSON.stringify(command),
      headers: scheduleHeaders({
        at: Date.now() + 60_000,
        target: timerSubjects.due(priority, teamId, jobId),
        ttl: '1h',
      }),
    });
    assert.equal((await cancel(jobId)).job.status, 'cancelled');
    assert.equal(await lastBySubject(world.nc, TIMERS_STREAM, subject), null);
  });

  it('refuses one that has ended, saying how', async () => {
    for (const status of ['completed', 'failed', 'cancelled', 'expired'] as const) {
      const command = commandOf();
      await world.publish(command, { type: 'requested', body: command });
      const { result: _, ...end } = finishedOf(command.jobId, 1, { status });
      await world.publish(command, { type: 'finished', body: end });
      await assert.rejects(
        () => cancel(command.jobId),
        (error) =>
          error instanceof AppError &&
          error.code === 'conflict' &&
          error.details?.[0]?.message === `is ${status}`,
      );
    }
  });

  it("knows no other team's job, and none that was never made", async () => {
    const command = commandOf();
    await world.publish(command, { type: 'requested', body: command });
    const isNotFound = (error: unknown) => error instanceof AppError && error.code === 'not_found';
    await assert.rejects(() => cancel(command.jobId, 'team2'), isNotFound);
    await assert.rejects(() => cancel(newId()), isNotFound);
  });
});
