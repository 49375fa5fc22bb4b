import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  type Command,
  DELTAS_STREAM,
  deltasSubject,
  finishedSchema,
  newId,
  PAYLOADS_BUCKET,
  TIMERS_STREAM,
  timerSubjects,
} from '@sluice/contracts';
import {
  lastBySubject,
  listObjects,
  publishGuarded,
  publishStored,
  putObject,
  readSubject,
  scheduleHeaders,
  subjectsIn,
} from '@sluice/messaging';
import { MongoClient } from 'mongodb';
import { sweepDeletedJobs } from '../sweeper/sweep-deleted-jobs.ts';
import { answerDelete } from './delete-job.ts';
import { answerGet } from './get-job.ts';
import { ensureIndexes, jobsCollection } from './job-document.ts';
import { answerHistory } from './job-history.ts';
import { projectBatch } from './projector.ts';
import { commandOf, finishedOf, lifeOf, runOf } from './testing/job-life.ts';
import { openWorld } from './testing/jobs-world.ts';

const notFound = { code: 'not_found' };

describe('deleting a job', { timeout: 120_000 }, () => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  before(async () => {
    world = await openWorld();
    await ensureIndexes(world.jobs);
  });
  after(() => world.close());

  const deps = (now = () => new Date()) => ({ ...world, now });
  const remove = ({ teamId, jobId }: { teamId: string; jobId: string }) =>
    answerDelete(deps(), { teamId, jobId }, 'request-9');
  const eventsOf = (command: Command) =>
    readSubject(world.nc, world.subjects.stream, world.subjects.job(command.teamId, command.jobId));
  const project = async (command: Command) => projectBatch(world, await eventsOf(command));
  const setTimer = ({ priority, teamId, jobId }: Command, inMs: number) =>
    publishStored(world.nc, {
      subject: timerSubjects.at(priority, teamId, jobId),
      body: '{}',
      headers: scheduleHeaders({
        at: Date.now() + inMs,
        target: timerSubjects.due(priority, teamId, jobId),
        ttl: '1h',
      }),
    });
  const publishDelta = ({ teamId, jobId }: Command) =>
    publishStored(world.nc, { subject: deltasSubject(teamId, jobId), body: '{}' });
  /** Everything that any store has of a job. */
  const heldOf = async ({ teamId, jobId, priority }: Command) => ({
    subjects: await subjectsIn(world.nc, world.subjects.stream, world.subjects.job(teamId, jobId)),
    timer: await lastBySubject(world.nc, TIMERS_STREAM, timerSubjects.at(priority, teamId, jobId)),
    delta: await lastBySubject(world.nc, DELTAS_STREAM, deltasSubject(teamId, jobId)),
    objects: await listObjects(world.nc, PAYLOADS_BUCKET, `${teamId}/${jobId}/`),
  });
  const nothingBut = (command: Command) => ({
    subjects: { [world.subjects.event('interactive', 'team1', command.jobId, 'finished')]: 1 },
    ...{ timer: null, delta: null, objects: [] },
  });
  const assertGone = async (command: Command) => {
    await assert.rejects(answerGet(world, command), notFound);
    await assert.rejects(answerHistory(world, command), notFound);
    const document = await world.jobs.findOne({ _id: command.jobId });
    assert.equal(document?.state.status, 'deleted');
    assert.equal(document?.events ?? document?.input ?? document?.requestId, undefined);
  };

  it('leaves of a finished one the tombstone alone, in every store, and nothing brings it back', async () => {
    const inputRef = await putObject(world.nc, PAYLOADS_BUCKET, 'team1/ref/x', Buffer.from('x'));
    const other = commandOf();
    await world.publish(other, { type: 'requested', body: other });
    const command = commandOf();
    const { jobId } = command;
    const object = `team1/${jobId}/input-${newId()}`;
    Object.assign(command, {
      inputRef: await putObject(world.nc, PAYLOADS_BUCKET, object, Buffer.from('input')),
    });
    const resultRef = await putObject(
      world.nc,
      PAYLOADS_BUCKET,
      `team1/${jobId}/result-1-1`,
      Buffer.from('r'),
    );
    const life = lifeOf(command);
    Object.assign(life.at(-1)?.body ?? {}, { resultRef, result: undefined });
    await world.publishAll(command, life);
    await publishDelta(command);
    const before = await eventsOf(command);
    await projectBatch(world, before);
    await remove(command);
    assert.deepEqual(await heldOf(command), nothingBut(command));
    await assertGone(command);
    // What a projector still held, and the tombstone once more.
    await projectBatch(world, before);
    await project(command);
    await assertGone(command);
    // Nothing of another job.
    assert.equal((await answerGet(world, other)).job.id, other.jobId);
    assert.deepEqual(await listObjects(world.nc, PAYLOADS_BUCKET, 'team1/ref/'), [inputRef.object]);
    await assert.rejects(remove(command), notFound);
  });

  it('cancels one that waits or runs first; what its runner brings later is refused', async () => {
    for (const events of [1, 2, 3]) {
      const command = commandOf();
      const { teamId, jobId } = command;
      await world.publishAll(command, lifeOf(command).slice(0, events));
      await setTimer(command, 60_000);
      const told = world.nc.subscribe(`cancelled.${teamId}.${jobId}`, { max: 1 });
      await world.nc.flush();
      await remove(command);
      for await (const _ of told) break;
      assert.deepEqual(await heldOf(command), nothingBut(command));
      const late = await publishGuarded(world.nc, {
        stream: world.subjects.stream,
        subject: world.subjects.event('interactive', teamId, jobId, 'finished'),
        body: JSON.stringify(finishedOf(jobId, 1)),
        guard: { filter: world.subjects.end(teamId, jobId), sequence: 0 },
      });
      assert.equal(late.stored, false);
      await assertGone(command);
    }
  });

  it('removes one that has aged out of the stream', async () => {
    const command = commandOf();
    const messages = [...lifeOf(command).entries()].map(([index, { type, body }]) => ({
      subject: world.subjects.event('interactive', 'team1', command.jobId, type),
      sequence: 1 + index,
      data: Buffer.from(JSON.stringify(body)),
    }));
    await projectBatch(world, messages);
    assert.equal((await answerGet(world, command)).job.status, 'completed');
    await remove(command);
    await assertGone(command);
  });

  it('is answered while MongoDB is away; the document goes when it is back', async () => {
    const command = commandOf();
    await world.publishAll(command, lifeOf(command));
    await project(command);
    const client = new MongoClient('mongodb://127.0.0.1:1', { serverSelectionTimeoutMS: 50 });
    const away = jobsCollection(client.db());
    await answerDelete({ ...deps(), jobs: away }, command, 'request-9');
    await client.close();
    assert.deepEqual(await heldOf(command), nothingBut(command));
    await assert.rejects(answerGet(world, command), notFound);
    await project(command);
    await assertGone(command);
  });

  it("knows no other team's job, and none that was never made", async () => {
    const command = commandOf();
    await world.publish(command, { type: 'requested', body: command });
    await assert.rejects(remove({ ...command, teamId: 'team2' }), notFound);
    await assert.rejects(remove({ teamId: 'team1', jobId: newId() }), notFound);
    assert.equal((await answerGet(world, command)).job.status, 'queued');
  });

  it('of twenty at once all succeed or find nothing, and one tombstone stands', async () => {
    const command = commandOf();
    await world.publishAll(command, lifeOf(command).slice(0, 2));
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => remove(command)));
    assert.ok(all.some(({ status }) => status === 'fulfilled'));
    for (const one of all) if (one.status === 'rejected') assert.equal(one.reason.code, 'not_found');
    assert.deepEqual(await heldOf(command), nothingBut(command));
  });

  describe('that was broken off behind its tombstone', () => {
    const brokenOff = async () => {
      const command = commandOf();
      await world.publishAll(command, lifeOf(command));
      await project(command);
      await putObject(world.nc, PAYLOADS_BUCKET, `team1/${command.jobId}/result-lost`, Buffer.from('r'));
      const { result: _, run: __, ...end } = finishedOf(command.jobId, 1);
      const at = new Date().toISOString();
      await world.publish(command, { type: 'finished', body: { ...end, at, status: 'deleted' } });
      return command;
    };

    it('is gone for readers all the same, and is finished by the next request', async () => {
      const command = await brokenOff();
      await assert.rejects(answerGet(world, command), notFound);
      await remove(command);
      const { objects: _, ...streams } = await heldOf(command);
      assert.deepEqual({ ...streams, objects: [] }, nothingBut(command));
      await assert.rejects(remove(command), notFound);
    });

    it('is finished by the sweeper, objects that no event names too', async () => {
      const command = await brokenOff();
      await project(command);
      await sweepDeletedJobs(deps());
      assert.notDeepEqual(await heldOf(command), nothingBut(command), 'whoever deletes has a minute');
      await sweepDeletedJobs(deps(() => new Date(Date.now() + 61_000)));
      assert.deepEqual(await heldOf(command), nothingBut(command));
      await assertGone(command);
    });

    it('and what turned up since goes with the last sweep', async () => {
      const command = await brokenOff();
      await project(command);
      await sweepDeletedJobs(deps(() => new Date(Date.now() + 61_000)));
      await publishDelta(command);
      await world.publish(command, { type: 'due', body: command });
      await project(command);
      await sweepDeletedJobs(deps(() => new Date(Date.now() + 21 * 60_000)));
      assert.deepEqual(await heldOf(command), nothingBut(command));
      assert.equal((await world.jobs.findOne({ _id: command.jobId }))?.sweepAt, undefined);
    });
  });

  it('leaves a tombstone without content', async () => {
    const command = commandOf();
    await world.publish(command, { type: 'requested', body: command });
    await world.publish(command, { type: 'started', body: { v: 1, ...runOf(1) } });
    await remove(command);
    const end = await lastBySubject(
      world.nc,
      world.subjects.stream,
      world.subjects.end('team1', command.jobId),
    );
    const { at: _, ...rest } = finishedSchema.parse(end?.json());
    assert.deepEqual(rest, { v: 1, jobId: command.jobId, status: 'deleted', lastIndex: -1 });
  });
});
