import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  type Command,
  DELTAS_STREAM,
  deltasSubject,
  HEADERS,
  newId,
  PAYLOADS_BUCKET,
  TIMERS_STREAM,
  timerSubjects,
} from '@sluice/contracts';
import {
  getObject,
  lastBySubject,
  listObjects,
  publishGuarded,
  publishStored,
  putObject,
  scheduleHeaders,
  subjectsIn,
} from '@sluice/messaging';
import { projectBatch, startProjector } from '../jobs/projector.ts';
import { commandOf, finishedOf, lifeOf, runOf } from '../jobs/testing/job-life.ts';
import { keptLog, openWorld, until } from '../jobs/testing/jobs-world.ts';
import { answerDeleteTeam } from './delete-team.ts';
import { AFTERMATH_MS, deletedTeamsCollection } from './deleted-teams.ts';
import { sweepDeletedTeams } from './sweep-deleted-teams.ts';

describe('deleting the jobs of a team', { timeout: 60_000 }, () => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  let projector: ReturnType<typeof startProjector>;
  before(async () => {
    world = await openWorld();
    projector = startProjector(world);
  });
  after(async () => {
    await projector.stop();
    await world.close();
  });

  const depsAt = (laterMs = 0) => ({
    nc: world.nc,
    subjects: world.subjects,
    jobs: world.jobs,
    log: keptLog(),
    deletedTeams: deletedTeamsCollection(world.jobs.db),
    now: () => new Date(Date.now() + laterMs),
  });
  const bytes = Buffer.alloc(400_000, 'large');
  const large = (command: Command) =>
    putObject(world.nc, PAYLOADS_BUCKET, `${command.teamId}/${command.jobId}/input-${newId()}`, bytes);

  /** A job in each state; what is running, what is queued, and how many messages there are. */
  async function fill(teamId: string) {
    const done = commandOf({ teamId });
    const running = commandOf({ teamId });
    const queued = commandOf({ teamId, priority: 'batch' });
    const waiting = commandOf({ teamId });
    const inputRef = await large(queued);
    await world.publishAll(done, lifeOf(done));
    await world.publishAll(running, [
      { type: 'requested', body: running },
      { type: 'started', body: { v: 1, ...runOf(1) } },
    ]);
    const { input: _, ...rest } = queued;
    await world.publish(queued, { type: 'requested', body: { ...rest, inputRef } });
    await world.publish(waiting, { type: 'requested', body: waiting });
    await publishStored(world.nc, {
      subject: timerSubjects.at('interactive', teamId, waiting.jobId),
      body: JSON.stringify(waiting),
      headers: scheduleHeaders({
        at: Date.now() + 3_600_000,
        target: timerSubjects.due('interactive', teamId, waiting.jobId),
        ttl: '1h',
      }),
    });
    await publishStored(world.nc, { subject: deltasSubject(teamId, running.jobId), body: '{}' });
    await until(async () => (await world.jobs.countDocuments({ teamId })) === 4);
    return { running, inputRef, messages: 6 + 2 + 1 + 1 + 1 + 1 };
  }
  const held = async (teamId: string) => ({
    events: Object.keys(await subjectsIn(world.nc, world.subjects.stream, world.subjects.team(teamId))),
    timers: Object.keys(await subjectsIn(world.nc, TIMERS_STREAM, timerSubjects.team(teamId))),
    deltas: Object.keys(await subjectsIn(world.nc, DELTAS_STREAM, deltasSubject(teamId, '*'))),
    objects: await listObjects(world.nc, PAYLOADS_BUCKET, `${teamId}/`),
    documents: await world.jobs.countDocuments({ teamId }),
  });
  const nothing = { events: [], timers: [], deltas: [], objects: [], documents: 0 };

  it('removes and counts all but an end without content for what was unfinished, and nobody else’s', async () => {
    const [teamId, otherId] = [newId(), newId()];
    const filled = await fill(teamId);
    const others = await fill(otherId);
    const before = await held(otherId);

    const answer = await answerDeleteTeam(depsAt(), { teamId }, 'request-1');
    assert.deepEqual(answer, { done: true, removed: { jobs: 4, messages: filled.messages, objects: 1 } });
    const { events, ...rest } = await held(teamId);
    assert.equal(events.length, 3);
    const { events: _, ...empty } = nothing;
    assert.deepEqual(rest, empty);
    for (const subject of events) {
      assert.match(subject, /finished$/);
      const end = await lastBySubject(world.nc, world.subjects.stream, subject);
      assert.ok(end);
      const { jobId, status, at: __, ...more } = end.json() as Record<string, unknown>;
      assert.deepEqual([status, more], ['cancelled', { v: 1, lastIndex: -1 }]);
      assert.equal(typeof jobId, 'string');
    }
    await assert.rejects(getObject(world.nc, PAYLOADS_BUCKET, filled.inputRef), { code: 'input_lost' });

    assert.deepEqual(await held(otherId), before);
    assert.ok(bytes.equals(await getObject(world.nc, PAYLOADS_BUCKET, others.inputRef)));
    const again = await answerDeleteTeam(depsAt(), { teamId }, 'request-1');
    assert.deepEqual(again, { done: true, removed: { jobs: 0, messages: 0, objects: 0 } });
  });

  it('refuses the outcome of an attempt that was under way', async () => {
    const teamId = newId();
    const { running } = await fill(teamId);
    await answerDeleteTeam(depsAt(), { teamId }, 'request-1');
    const outcome = await publishGuarded(world.nc, {
      stream: world.subjects.stream,
      subject: world.subjects.event('interactive', teamId, running.jobId, 'finished'),
      body: JSON.stringify(finishedOf(running.jobId, 1)),
      guard: { filter: world.subjects.end(teamId, running.jobId), sequence: 0 },
    });
    assert.equal(outcome.stored, false);
  });

  it('removes what turns up later, and forgets the team when nothing more does', async () => {
    const teamId = newId();
    await fill(teamId);
    await answerDeleteTeam(depsAt(), { teamId }, 'request-1');
    const late = commandOf({ teamId });
    const sequence = await world.publish(late, { type: 'requested', body: late });
    await large(late);
    // Whatever the projector has read by now: a message of the team makes no document.
    const message = {
      subject: world.subjects.event('interactive', teamId, late.jobId, 'requested'),
      sequence,
      data: Buffer.from(JSON.stringify(late)),
    };
    await projectBatch(world, [message]);
    assert.equal(await world.jobs.countDocuments({ teamId }), 0);

    const deletedTeams = deletedTeamsCollection(world.jobs.db);
    const forgotten = async () => (await deletedTeams.countDocuments({ _id: teamId })) === 0;
    await sweepDeletedTeams(depsAt());
    assert.equal((await held(teamId)).objects.length, 1, 'not due yet');
    await sweepDeletedTeams(depsAt(AFTERMATH_MS + 1_000));
    const { events } = await held(teamId);
    assert.deepEqual(events, [world.subjects.event('interactive', teamId, late.jobId, 'finished')]);
    const end = await lastBySubject(world.nc, world.subjects.stream, events[0] ?? '');
    assert.equal(end?.headers?.get(HEADERS.tombstone), '1');
    await sweepDeletedTeams(depsAt(2 * AFTERMATH_MS + 2_000));
    assert.deepEqual(await held(teamId), nothing);
    assert.equal(await forgotten(), false);
    await sweepDeletedTeams(depsAt(3 * AFTERMATH_MS + 3_000));
    assert.equal(await forgotten(), true);
  });
});
