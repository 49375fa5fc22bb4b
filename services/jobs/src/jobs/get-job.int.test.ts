import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AppError, foldJob } from '@sluice/contracts';
import { readSubject } from '@sluice/messaging';
import { MongoClient } from 'mongodb';
import { answerGet } from './get-job.ts';
import { jobsCollection } from './job-document.ts';
import { answerHistory } from './job-history.ts';
import { projectBatch } from './projector.ts';
import { commandOf, eventsOf, finishedOf, lifeOf, runOf } from './testing/job-life.ts';
import { openWorld } from './testing/jobs-world.ts';

const coded = (code: string) => (error: unknown) => error instanceof AppError && error.code === code;

describe('one job', { timeout: 60_000 }, () => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  before(async () => {
    world = await openWorld();
  });
  after(() => world.close());

  const project = async (jobId: string, count: number): Promise<void> => {
    const { nc, subjects } = world;
    const messages = await readSubject(nc, subjects.stream, subjects.job('team1', jobId));
    await projectBatch(world, messages.slice(0, count));
  };

  it('is right at every moment of its life, however much of it is projected', async () => {
    for (const projected of [0, 1, 2, 3, 4, 5, 6]) {
      const command = commandOf();
      const life = lifeOf(command);
      for (const [index, written] of life.entries()) {
        const sequence = (await world.publish(command, written)) - index;
        if (index < projected) await project(command.jobId, index + 1);
        const expected = eventsOf(life.slice(0, index + 1), sequence);
        const { position: _, ...job } = (await answerGet(world, command)).job;
        assert.deepEqual(job, foldJob(expected), `${projected} projected, after ${written.type}`);
        assert.deepEqual((await answerHistory(world, command)).events, expected);
      }
    }
  });

  it('says its place while it is queued: behind what its team asked for before, in its own priority', async () => {
    const teamId = 'queue';
    const commands = [3, 1, 2, 2].map((at) => commandOf({ teamId }, at));
    const batch = commandOf({ teamId, priority: 'batch' }, 0);
    const running = commandOf({ teamId }, 0);
    for (const command of [...commands, batch, running, commandOf({ teamId: 'others' }, 0)]) {
      await world.publish(command, { type: 'requested', body: command });
    }
    await world.publish(running, { type: 'started', body: { v: 1, ...runOf(1) } });
    const stored = await readSubject(world.nc, world.subjects.stream, world.subjects.team(teamId));
    await projectBatch(world, stored);
    const places = await Promise.all(
      commands.map(async (command) => (await answerGet(world, command)).job.position),
    );
    assert.deepEqual(places.slice(0, 2), [4, 1]);
    assert.deepEqual(places.slice(2).toSorted(), [2, 3]);
    assert.equal((await answerGet(world, batch)).job.position, 1);
    assert.equal('position' in (await answerGet(world, running)).job, false);
  });

  it('is right when a later event was projected before the command', async () => {
    const command = commandOf();
    const life = lifeOf(command);
    const first = await world.publishAll(command, life);
    const all = await readSubject(
      world.nc,
      world.subjects.stream,
      world.subjects.job('team1', command.jobId),
    );
    await projectBatch(world, all.slice(5));
    assert.deepEqual((await answerGet(world, command)).job, foldJob(eventsOf(life, first)));
    assert.deepEqual((await answerHistory(world, command)).events, eventsOf(life, first));
  });

  it('is found under its document when the stream has it no more', async () => {
    const command = commandOf();
    const life = lifeOf(command);
    const first = await world.publishAll(command, life);
    await project(command.jobId, 6);
    const filter = world.subjects.job('team1', command.jobId);
    await world.nc.request(`$JS.API.STREAM.PURGE.${world.subjects.stream}`, JSON.stringify({ filter }));
    assert.deepEqual((await answerGet(world, command)).job, foldJob(eventsOf(life, first)));
    assert.deepEqual((await answerHistory(world, command)).events, eventsOf(life, first));
  });

  it('passes on where its large result is', async () => {
    const command = commandOf();
    const resultRef = { object: 'o1', size: 300_000, sha256: 'f'.repeat(64) };
    const { result: _, ...finished } = finishedOf(command.jobId, 1, { resultRef });
    await world.publish(command, { type: 'requested', body: command });
    await world.publish(command, { type: 'finished', body: finished });
    const reply = await answerGet(world, command);
    assert.deepEqual(reply.resultRef, resultRef);
    assert.equal(reply.job.result, null);
    await project(command.jobId, 2);
    assert.deepEqual(await answerGet(world, command), reply);
  });

  it('does not exist for another team, projected or not, nor when nobody asked for it', async () => {
    const command = commandOf();
    await world.publish(command, { type: 'requested', body: command });
    const foreign = { jobId: command.jobId, teamId: 'team2' };
    await assert.rejects(answerGet(world, foreign), coded('not_found'));
    await project(command.jobId, 1);
    await assert.rejects(answerGet(world, foreign), coded('not_found'));
    await assert.rejects(answerHistory(world, foreign), coded('not_found'));
    await assert.rejects(answerGet(world, { teamId: 'team1', jobId: 'nobody' }), coded('not_found'));
  });

  it('comes from the stream alone without MongoDB, and is then never said not to exist', async () => {
    // Nothing listens on port 1.
    const away = new MongoClient('mongodb://127.0.0.1:1/x', { serverSelectionTimeoutMS: 50 });
    const without = { ...world, jobs: jobsCollection(away.db()) };
    const command = commandOf();
    const life = lifeOf(command);
    const first = await world.publishAll(command, life);
    assert.deepEqual((await answerGet(without, command)).job, foldJob(eventsOf(life, first)));
    await assert.rejects(answerGet(without, { teamId: 'team1', jobId: 'nobody' }), coded('unavailable'));
    await away.close();
  });

  it('comes from its document when the stream cannot be read and it is finished, else is unavailable', async () => {
    const lost = await openWorld('lost');
    const done = commandOf();
    const open = commandOf();
    const life = lifeOf(done);
    const first = await lost.publishAll(done, life);
    await lost.publish(open, { type: 'requested', body: open });
    await lost.publish(open, { type: 'started', body: { v: 1, ...runOf(1) } });
    await projectBatch(lost, await readSubject(lost.nc, 'LOST', 'lost.>'));
    await lost.nc.request('$JS.API.STREAM.DELETE.LOST', '');
    assert.deepEqual((await answerGet(lost, done)).job, foldJob(eventsOf(life, first)));
    await assert.rejects(answerGet(lost, open), coded('unavailable'));
    await lost.close();
  });

  it('is refused in words when it would not fit a message', async () => {
    const command = commandOf();
    await world.publish(command, { type: 'requested', body: command });
    await project(command.jobId, 1);
    const huge = finishedOf(command.jobId, 1);
    const data = JSON.stringify({ ...huge, result: { ...huge.result, text: 'x'.repeat(950_000) } });
    const set = { 'events.999999999': { type: 'finished' as const, data }, lastSequence: 999_999_999 };
    await world.jobs.updateOne({ _id: command.jobId }, { $set: set });
    await assert.rejects(answerGet(world, command), /too large/);
  });
});
