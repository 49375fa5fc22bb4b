import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { foldJob, JOB_LIFETIME_MS, newId } from '@sluice/contracts';
import { publishStored } from '@sluice/messaging';
import fc from 'fast-check';
import { eventsIn } from './job-document.ts';
import { projectBatch, startProjector } from './projector.ts';
import type { JobMessage } from './stored-event.ts';
import { commandOf, eventsOf, finishedOf, lifeOf, runOf } from './testing/job-life.ts';
import { keptLog, openWorld, until } from './testing/jobs-world.ts';

describe('the projector', { timeout: 120_000 }, () => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  before(async () => {
    world = await openWorld();
  });
  beforeEach(async () => {
    await world.jobs.deleteMany({});
  });
  after(() => world.close());

  it('makes one document of events in any order, in any batches, as often as they come', async () => {
    const command = commandOf();
    const life = lifeOf(command);
    const messages = life.map(
      ({ type, body }, index): JobMessage => ({
        subject: world.subjects.event('interactive', 'team1', command.jobId, type),
        sequence: 10 + index,
        data: Buffer.from(JSON.stringify(body)),
      }),
    );
    const whole = fc.shuffledSubarray(messages, { minLength: messages.length });
    await fc.assert(
      fc.asyncProperty(
        whole,
        fc.shuffledSubarray(messages),
        fc.integer({ min: 1, max: 6 }),
        async (all, again, cut) => {
          await world.jobs.deleteMany({});
          await projectBatch(world, all.slice(0, cut));
          await projectBatch(world, [...again, ...again]);
          await projectBatch(world, all.slice(cut));
          const document = await world.jobs.findOne({ _id: command.jobId });
          assert.ok(document);
          assert.deepEqual(
            eventsIn(document).sort((a, b) => a.sequence - b.sequence),
            eventsOf(life, 10),
          );
          const { _id, events: _events, ...rest } = document;
          assert.deepEqual(rest, {
            teamId: 'team1',
            kind: 'chat',
            aiProfileId: 'profile1',
            requestId: 'request-1',
            priority: 'interactive',
            createdAt: new Date(command.at),
            endsBy: new Date(Date.parse(command.at) + JOB_LIFETIME_MS),
            state: { rank: 1, sequence: 15, status: 'completed' },
            lastSequence: 15,
            input: JSON.stringify(command.input),
          });
          assert.deepEqual(foldJob(eventsIn(document)), foldJob(eventsOf(life, 10)));
        },
      ),
      { numRuns: 25 },
    );
  });

  it('keeps nothing but the tombstone of a job that was deleted, whatever comes before or after it', async () => {
    const command = commandOf();
    const at = new Date(Date.UTC(2026, 0, 2));
    const { result: _, run: __, ...end } = finishedOf(command.jobId, 1);
    const life = [
      ...lifeOf(command),
      { type: 'finished' as const, body: { ...end, status: 'deleted', at: at.toISOString() } },
    ];
    const messages = life.map(
      ({ type, body }, index): JobMessage => ({
        subject: world.subjects.event('interactive', 'team1', command.jobId, type),
        sequence: 10 + index,
        data: Buffer.from(JSON.stringify(body)),
      }),
    );
    const log = keptLog();
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(messages, { minLength: messages.length }),
        fc.shuffledSubarray(messages),
        fc.integer({ min: 1, max: 7 }),
        async (all, again, cut) => {
          await world.jobs.deleteMany({});
          await projectBatch({ ...world, log }, all.slice(0, cut));
          await projectBatch({ ...world, log }, all.slice(cut));
          await projectBatch({ ...world, log }, again);
          assert.deepEqual(await world.jobs.findOne({ _id: command.jobId }), {
            _id: command.jobId,
            teamId: 'team1',
            state: { rank: 2, sequence: 16, status: 'deleted' },
            lastSequence: 16,
            deletedAt: at,
            sweepAt: new Date(at.getTime() + 60_000),
            expireAt: new Date(at.getTime() + 26 * 3600 * 1000),
          });
        },
      ),
      { numRuns: 25 },
    );
    assert.deepEqual(
      log.lines.filter(({ level }) => level !== 'debug'),
      [],
    );
  });

  it('writes 2,000 jobs once each when two run at once', async () => {
    const commands = Array.from({ length: 2000 }, (_, index) => commandOf({ requestId: `request-${index}` }));
    const projectors = [startProjector(world), startProjector(world)];
    for (let from = 0; from < commands.length; from += 100) {
      await Promise.all(
        commands.slice(from, from + 100).map((command) =>
          world.publishAll(command, [
            { type: 'requested', body: command },
            { type: 'started', body: { v: 1, ...runOf(1) } },
            { type: 'finished', body: finishedOf(command.jobId, 1) },
          ]),
        ),
      );
    }
    const whole = {
      $expr: { $eq: [{ $size: { $objectToArray: '$events' } }, 3] },
      'state.status': 'completed',
      requestId: { $exists: true },
    } as const;
    await until(async () => (await world.jobs.countDocuments(whole)) === commands.length);
    assert.equal(await world.jobs.countDocuments(), commands.length);
    await Promise.all(projectors.map((projector) => projector.stop()));
  });

  it('passes over what is no event, names it, and goes on', async () => {
    const log = keptLog();
    const projector = startProjector({ ...world, log });
    const jobId = newId();
    const subject = world.subjects.event('interactive', 'team1', jobId, 'requested');
    const bodies = ['', '{', '{"v":1,"secret":"hush"}', JSON.stringify(commandOf({ jobId: 'another' }))];
    const bad = [];
    for (const body of bodies) bad.push((await publishStored(world.nc, { subject, body })).sequence);
    const unknown = { subject: `jobs.interactive.team1.${jobId}.exploded`, body: '{}' };
    bad.push((await publishStored(world.nc, unknown)).sequence);
    const good = commandOf();
    await world.publish(good, { type: 'requested', body: good });
    await until(() => world.jobs.findOne({ _id: good.jobId }));
    await projector.stop();
    assert.equal(await world.jobs.countDocuments(), 1);
    const lines = log.lines.filter(({ level }) => level === 'error');
    assert.deepEqual(
      lines.map(({ fields }) => fields['sequence']),
      bad,
    );
    assert.doesNotMatch(JSON.stringify(lines), /hush/);
  });

  it('leaves a job alone when another team publishes under its id, and is not held up', async () => {
    const log = keptLog();
    const mine = commandOf();
    const theirs = commandOf({ jobId: mine.jobId, teamId: 'team2' });
    const message = (command: typeof mine, sequence: number): JobMessage => ({
      subject: world.subjects.event('interactive', command.teamId, command.jobId, 'requested'),
      sequence,
      data: Buffer.from(JSON.stringify(command)),
    });
    await projectBatch({ ...world, log }, [message(mine, 1)]);
    const next = commandOf();
    await projectBatch({ ...world, log }, [message(theirs, 2), message(next, 3)]);
    const document = await world.jobs.findOne({ _id: mine.jobId });
    assert.deepEqual([document?.teamId, document?.lastSequence], ['team1', 1]);
    assert.ok(await world.jobs.findOne({ _id: next.jobId }));
    const told = log.lines.filter(({ level }) => level !== 'debug');
    assert.deepEqual(
      told.map(({ fields }) => fields['teamId']),
      ['team2'],
    );
  });
});
