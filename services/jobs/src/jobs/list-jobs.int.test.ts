import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AppError, type Command, jobsQuerySchema } from '@sluice/contracts';
import { ensureIndexes } from './job-document.ts';
import { answerList, filterOf } from './list-jobs.ts';
import { projectBatch } from './projector.ts';
import { bytesOf, REPLY_BYTES } from './reply-limit.ts';
import { commandOf, finishedOf, resultOf, runOf, type Written } from './testing/job-life.ts';
import { openWorld } from './testing/jobs-world.ts';

describe('the list of jobs', { timeout: 60_000 }, () => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  let sequence = 0;
  before(async () => {
    world = await openWorld();
    await ensureIndexes(world.jobs);
  });
  after(() => world.close());

  const store = async (command: Command, ...later: Written[]): Promise<string> => {
    const life: Written[] = [{ type: 'requested', body: command }, ...later];
    await projectBatch(
      world,
      life.map(({ type, body }) => {
        sequence += 1;
        const subject = world.subjects.event('interactive', command.teamId, command.jobId, type);
        return { subject, sequence, data: Buffer.from(JSON.stringify(body)) };
      }),
    );
    return command.jobId;
  };
  const list = (teamId: string, query: Record<string, unknown> = {}) =>
    answerList(world, { teamId, query: jobsQuerySchema.parse(query) });
  const idsOf = (page: { items: { id: string }[] }) => page.items.map(({ id }) => id);
  const pages = async (teamId: string, query: Record<string, unknown>) => {
    const all = [];
    let cursor: string | null | undefined;
    do {
      const page = await list(teamId, { ...query, ...(cursor && { cursor }) });
      assert.ok(bytesOf(page) <= REPLY_BYTES);
      all.push(page.items);
      cursor = page.nextCursor;
    } while (cursor);
    return all;
  };

  it('is newest first and pages without gap or repetition, also among jobs of one moment', async () => {
    const teamId = 'paging';
    const ids: string[] = [];
    for (const at of [1, 2, 2, 2, 2, 3, 4]) ids.push(await store(commandOf({ teamId }, at)));
    const whole = await list(teamId);
    assert.equal(whole.nextCursor, null);
    assert.deepEqual(idsOf(whole).toSorted(), ids.toSorted());
    const times = whole.items.map(({ createdAt }) => createdAt);
    assert.deepEqual(times, times.toSorted().toReversed());
    for (const limit of [1, 2, 3, 7]) {
      const paged = await pages(teamId, { limit });
      assert.equal(paged.length, Math.ceil(7 / limit));
      assert.deepEqual(
        paged.flat().map(({ id }) => id),
        idsOf(whole),
      );
    }
  });

  it('holds what the filters ask for, of this team alone', async () => {
    const teamId = 'filters';
    const queued = await store(commandOf({ teamId, requestId: 'request-a' }, 10));
    const other = commandOf({ teamId, aiProfileId: 'profile2' }, 20);
    const running = await store(other, { type: 'started', body: { v: 1, ...runOf(1) } });
    const last = commandOf({ teamId }, 30);
    const done = await store(last, { type: 'finished', body: finishedOf(last.jobId, 1) });
    await store(commandOf({ teamId: 'others', requestId: 'request-a' }, 20));
    const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)).toISOString();
    const expectations: [Record<string, unknown>, string[]][] = [
      [{}, [done, running, queued]],
      [{ status: 'running' }, [running]],
      [{ status: 'completed' }, [done]],
      [{ status: 'failed' }, []],
      [{ kind: 'chat' }, [done, running, queued]],
      [{ profile: 'profile2' }, [running]],
      [{ requestId: 'request-a' }, [queued]],
      [{ from: at(20) }, [done, running]],
      [{ to: at(20) }, [queued]],
      [{ from: at(10), to: at(30), status: 'queued' }, [queued]],
    ];
    for (const [query, expected] of expectations) {
      assert.deepEqual(idsOf(await list(teamId, query)), expected, JSON.stringify(query));
    }
  });

  it('refuses a cursor that it did not give', async () => {
    await assert.rejects(
      list('paging', { cursor: 'nonsense' }),
      (error: unknown) =>
        error instanceof AppError &&
        error.code === 'validation_failed' &&
        error.details?.[0]?.path === 'cursor',
    );
  });

  it('ends a page early rather than outgrow a message', async () => {
    const teamId = 'large';
    const ids: string[] = [];
    for (let at = 0; at < 9; at += 1) {
      const command = commandOf({ teamId }, at);
      const result = resultOf('ä'.repeat(120_000));
      const body = finishedOf(command.jobId, 1, { result });
      ids.unshift(await store(command, { type: 'finished', body }));
    }
    const paged = await pages(teamId, { limit: 5 });
    assert.deepEqual(
      paged.map((items) => items.length),
      [3, 3, 3],
    );
    assert.deepEqual(
      paged.flat().map(({ id }) => id),
      ids,
    );
    assert.ok(paged.flat().every(({ result }) => result !== null));
  });

  it('reads by its indexes, and no job that it does not list', async () => {
    const teamId = 'indexed';
    const ids: string[] = [];
    for (let at = 0; at < 40; at += 1) {
      const kind = at % 4 === 0 ? { kind: 'embedding' as const, input: { input: ['text'] } } : {};
      const profile = at % 5 === 0 ? { aiProfileId: 'profile2' } : {};
      const command = {
        ...commandOf({ teamId, requestId: `request-${at % 2}`, ...profile }, at),
        ...kind,
      } as Command;
      ids.push(
        await store(
          command,
          ...(at % 8 === 0 ? [{ type: 'started' as const, body: { v: 1, ...runOf(1) } }] : []),
        ),
      );
    }
    const cursor = (await list(teamId, { limit: 10 })).nextCursor;
    const expectations: [Record<string, unknown>, number][] = [
      [{}, 40],
      [{ status: 'running' }, 5],
      [{ kind: 'embedding' }, 10],
      [{ profile: 'profile2' }, 8],
      [{ requestId: 'request-1' }, 20],
      [{ from: new Date(Date.UTC(2026, 0, 1, 0, 0, 30)).toISOString() }, 10],
      [{ cursor }, 30],
    ];
    for (const [query, expected] of expectations) {
      const filter = filterOf(teamId, jobsQuerySchema.parse(query));
      const { queryPlanner, executionStats } = await world.jobs
        .find(filter)
        .sort({ createdAt: -1, _id: -1 })
        .explain('executionStats');
      assert.doesNotMatch(JSON.stringify(queryPlanner.winningPlan), /"COLLSCAN"/, JSON.stringify(query));
      assert.equal(executionStats.nReturned, expected);
      // One more is looked at where a page begins inside a moment.
      assert.ok(
        executionStats.totalDocsExamined <= expected + 1,
        JSON.stringify([query, executionStats.totalDocsExamined]),
      );
    }
  });

  it('leaves out what was deleted', async () => {
    const teamId = 'deleted';
    const kept = await store(commandOf({ teamId }, 1));
    const gone = commandOf({ teamId }, 2);
    const { result: _, run: __, ...end } = finishedOf(gone.jobId, 1);
    await store(gone, { type: 'finished', body: { ...end, status: 'deleted' } });
    assert.deepEqual(idsOf(await list(teamId)), [kept]);
  });
});
