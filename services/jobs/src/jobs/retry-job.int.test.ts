import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  AppError,
  type Command,
  commandSchema,
  newId,
  PAYLOADS_BUCKET,
  retryFilterSchema,
} from '@sluice/contracts';
import {
  getObject,
  lastBySubject,
  listObjects,
  purgeSubject,
  putObject,
  readSubject,
} from '@sluice/messaging';
import { answerDelete } from './delete-job.ts';
import { answerGet } from './get-job.ts';
import { ensureIndexes } from './job-document.ts';
import { projectBatch } from './projector.ts';
import { answerRetry } from './retry-job.ts';
import { answerRetryMany } from './retry-jobs.ts';
import { commandOf, finishedOf, lifeOf } from './testing/job-life.ts';
import { openWorld } from './testing/jobs-world.ts';

const by = { userId: 'user2', traceId: 'b'.repeat(32), gatewayId: 'gateway2' };
const NOW = Date.UTC(2026, 0, 1, 12);
type End = 'failed' | 'cancelled' | 'expired' | 'completed';

describe('retrying', { timeout: 120_000 }, () => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  before(async () => {
    world = await openWorld();
    await ensureIndexes(world.jobs);
  });
  after(() => world.close());

  const deps = () => ({ ...world, now: () => new Date(NOW) });
  const eventsOf = ({ teamId, jobId }: { teamId: string; jobId: string }) =>
    readSubject(world.nc, world.subjects.stream, world.subjects.job(teamId, jobId));
  const ended = async (
    fields: Parameters<typeof commandOf>[0] = {},
    status: End = 'failed',
  ): Promise<Command> => {
    const command = commandOf(fields);
    const { result: _, ...end } = finishedOf(command.jobId, 1, { status });
    await world.publishAll(command, [
      { type: 'requested', body: command },
      { type: 'finished', body: end },
    ]);
    await projectBatch(world, await eventsOf(command));
    return command;
  };
  /** As the stream is after a day. */
  const age = async ({ priority, teamId, jobId }: Command) => {
    const { nc, subjects } = world;
    for (const event of ['requested', 'finished'] as const)
      await purgeSubject(nc, subjects.stream, subjects.event(priority, teamId, jobId, event));
  };
  const retry = ({ teamId, jobId }: Command, key?: { jobId: string; fingerprint: string }) =>
    answerRetry(deps(), { ...by, teamId, jobId, ...(key && { key }) }, 'request-9');
  const retryMany = (teamId: string, filter: object = {}) =>
    answerRetryMany(deps(), { ...by, teamId, filter: retryFilterSchema.parse(filter) }, 'request-9');
  const commandIn = async (teamId: string, jobId: string): Promise<Command> => {
    const subject = world.subjects.event('interactive', teamId, jobId, 'requested');
    const message = await lastBySubject(world.nc, world.subjects.stream, subject);
    return commandSchema.parse(message?.json());
  };

  describe('one job', () => {
    it('makes a new one with its command, for who asks now, and leaves it as it is', async () => {
      for (const status of ['failed', 'cancelled', 'expired'] as const) {
        const at = new Date(NOW - 3_600_000).toISOString();
        const deadlineAt = new Date(NOW - 3_000_000).toISOString();
        const metadata = { a: 'b' };
        const original = await ended(
          { at, deadlineAt, metadata, maxAttempts: 7, fingerprint: 'old' },
          status,
        );
        const before = (await answerGet(world, original)).job;
        const { job, replayed } = await retry(original);
        assert.deepEqual([job.status, job.retryOf, replayed], ['queued', original.jobId, false]);
        assert.notEqual(job.id, original.jobId);
        const { fingerprint: _, ...work } = original;
        assert.deepEqual(await commandIn('team1', job.id), {
          ...{ ...work, ...by, retryOf: original.jobId, jobId: job.id, requestId: 'request-9' },
          at: new Date(NOW).toISOString(),
          // As long as the first one had.
          deadlineAt: new Date(NOW + 600_000).toISOString(),
        });
        assert.deepEqual((await answerGet(world, original)).job, before);
      }
    });

    it('may be done again; each has an id of its own', async () => {
      const original = await ended();
      const ids = [];
      for (let count = 0; count < 3; count += 1) ids.push((await retry(original)).job.id);
      assert.equal(new Set(ids).size, 3);
    });

    it('refuses what has not ended, and what is completed', async () => {
      const queued = commandOf();
      await world.publish(queued, { type: 'requested', body: queued });
      for (const [command, status] of [
        [queued, 'queued'],
        [await ended({}, 'completed'), 'completed'],
      ] as const) {
        await assert.rejects(
          () => retry(command),
          (error) =>
            error instanceof AppError &&
            error.code === 'conflict' &&
            error.details?.[0]?.message === `is ${status}`,
        );
      }
      await assert.rejects(retry({ ...queued, teamId: 'team2' }), { code: 'not_found' });
      await assert.rejects(retry(commandOf()), { code: 'not_found' });
    });

    it('works after the stream has forgotten it, as long as MongoDB has it', async () => {
      const original = await ended();
      const first = (await retry(original)).job.id;
      await projectBatch(world, await eventsOf({ teamId: 'team1', jobId: first }));
      await age(original);
      await age(await commandIn('team1', first));
      const { job } = await retry(original);
      assert.notEqual(job.id, first, 'a job that the stream has forgotten is not begun anew');
      assert.deepEqual((await commandIn('team1', job.id)).input, original.input);
    });

    it('copies a large input, and says so when that is not kept any more', async () => {
      const jobId = newId();
      const bytes = Buffer.from(JSON.stringify({ messages: [{ role: 'user', content: 'large' }] }));
      const inputRef = await putObject(world.nc, PAYLOADS_BUCKET, `team1/${jobId}/input-x`, bytes);
      const { input: _, ...large } = commandOf({ jobId, inputRef });
      const body = large as Command;
      const { result: __, ...end } = finishedOf(jobId, 1, { status: 'failed' });
      await world.publishAll(body, [
        { type: 'requested', body },
        { type: 'finished', body: end },
      ]);
      const { job } = await retry(body);
      const copy = (await commandIn('team1', job.id)).inputRef ?? assert.fail('no input');
      await answerDelete(deps(), body, 'request-9');
      assert.deepEqual(Buffer.from(await getObject(world.nc, PAYLOADS_BUCKET, copy)), bytes);

      const lost = await ended({ inputRef: { ...inputRef, object: 'team1/lost/input-y' } });
      await assert.rejects(
        () => retry(lost),
        (error) =>
          error instanceof AppError && error.code === 'conflict' && error.details?.[0]?.path === 'input',
      );
    });

    it('with a key is done once; the key is for this job alone', async () => {
      const original = await ended();
      const key = { jobId: newId(), fingerprint: 'this' };
      const made = await retry(original, key);
      assert.deepEqual([made.job.id, made.replayed], [key.jobId, false]);
      const again = await retry(original, key);
      assert.deepEqual([again.job.id, again.replayed], [key.jobId, true]);
      await assert.rejects(retry(original, { ...key, fingerprint: 'other' }), {
        code: 'idempotency_conflict',
      });
      await answerDelete(deps(), { teamId: 'team1', jobId: key.jobId }, 'request-9');
      await assert.rejects(retry(original, key), { code: 'conflict' });
    });
  });

  describe('many', () => {
    const retryOfs = ({ items }: Awaited<ReturnType<typeof retryMany>>) =>
      items.map(({ retryOf }) => retryOf).toSorted();
    const idsOf = (commands: Command[]) => commands.map(({ jobId }) => jobId).toSorted();

    it('takes what the filter names of this team, failed ones by default', async () => {
      const teamId = 'filter';
      const failed = [await ended({ teamId }), await ended({ teamId, aiProfileId: 'profile2' })];
      const cancelled = await ended({ teamId }, 'cancelled');
      await ended({ teamId }, 'completed');
      await ended({ teamId: 'other' });
      assert.deepEqual(retryOfs(await retryMany(teamId, { profile: 'profile2' })), [failed[1]?.jobId]);
      const rest = await retryMany(teamId);
      assert.deepEqual([retryOfs(rest), rest.count, rest.more], [[failed[0]?.jobId], 1, false]);
      assert.deepEqual(retryOfs(await retryMany(teamId, { status: 'cancelled' })), [cancelled.jobId]);
      const [item] = rest.items;
      assert.deepEqual((await commandIn(teamId, item?.id ?? '')).input, failed[0]?.input);
    });

    it('takes each job once, however often it is asked, and not one that was retried by itself', async () => {
      const teamId = 'once';
      const jobs = await Promise.all(Array.from({ length: 30 }, () => ended({ teamId })));
      const single = jobs[0] ?? assert.fail();
      await retry(single);
      // As if the note had not been written: a service that died before it.
      await world.jobs.updateOne({ _id: single.jobId }, { $unset: { retriedAs: '' } });
      const all = await Promise.all(Array.from({ length: 4 }, () => retryMany(teamId)));
      const taken = all.flatMap(({ items }) => items.map(({ retryOf }) => retryOf)).toSorted();
      assert.deepEqual(taken, idsOf(jobs.slice(1)));
      assert.deepEqual(await retryMany(teamId), { count: 0, items: [], more: false });
      assert.equal(await world.jobs.countDocuments({ teamId, retriedAs: { $exists: true } }), 30);
    });

    it('takes no job again after the stream has forgotten its retry', async () => {
      const teamId = 'aged';
      const original = await ended({ teamId });
      const { items } = await retryMany(teamId);
      const made = await commandIn(teamId, items[0]?.id ?? '');
      await projectBatch(world, await eventsOf(made));
      await age(original);
      await age(made);
      await world.jobs.updateOne({ _id: original.jobId }, { $unset: { retriedAs: '' } });
      assert.equal((await retryMany(teamId)).count, 0);
    });

    it('passes over a job whose input is not kept any more', async () => {
      const teamId = 'lost';
      const inputRef = { object: `${teamId}/x/input-y`, size: 1, sha256: 'x' };
      const { input: _, ...large } = commandOf({ teamId, inputRef });
      const body = large as Command;
      const { result: __, ...end } = finishedOf(body.jobId, 1, { status: 'failed' });
      await world.publishAll(body, [
        { type: 'requested', body },
        { type: 'finished', body: end },
      ]);
      await projectBatch(world, await eventsOf(body));
      const whole = await ended({ teamId });
      assert.deepEqual(retryOfs(await retryMany(teamId)), [whole.jobId]);
      assert.deepEqual(await listObjects(world.nc, PAYLOADS_BUCKET, `${teamId}/`), []);
    });

    it('makes 1,000 at once, and says that there are more', async () => {
      const teamId = 'thousand';
      const count = 1_005;
      for (let from = 0; from < count; from += 201) {
        const commands = Array.from({ length: 201 }, () => commandOf({ teamId }));
        const messages = commands.flatMap((command, index) => {
          const { result: _, ...end } = finishedOf(command.jobId, 1, { status: 'failed' });
          const subject = (event: 'requested' | 'finished') =>
            world.subjects.event('interactive', teamId, command.jobId, event);
          const sequence = 1_000_000 + 2 * (from + index);
          return [
            { subject: subject('requested'), sequence, data: Buffer.from(JSON.stringify(command)) },
            { subject: subject('finished'), sequence: sequence + 1, data: Buffer.from(JSON.stringify(end)) },
          ];
        });
        await projectBatch(world, messages);
      }
      let made = 0;
      for (let more = true; more; ) {
        const page = await retryMany(teamId);
        assert.ok(page.count <= 1_000);
        made += page.count;
        more = page.more;
      }
      assert.equal(made, count);
    });
  });

  it('is noted by the projector too, and known of the new job', async () => {
    const original = await ended();
    const made = commandOf({ retryOf: original.jobId });
    await world.publishAll(made, lifeOf(made));
    await projectBatch(world, await eventsOf(made));
    assert.equal((await world.jobs.findOne({ _id: original.jobId }))?.retriedAs, made.jobId);
    assert.equal((await answerGet(world, made)).job.retryOf, original.jobId);
  });
});
