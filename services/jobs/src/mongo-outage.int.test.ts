import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { getJob, listJobs } from '@sluice/contracts';
import { freePort, startMongod } from '@sluice/embedded';
import { call } from '@sluice/messaging';
import { testServers } from '@sluice/testing';
import { startJobs } from './app.ts';
import { commandOf, finishedOf } from './jobs/testing/job-life.ts';
import { openWorld, until } from './jobs/testing/jobs-world.ts';

describe('the jobs service while MongoDB goes away', { timeout: 120_000 }, () => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  let dataDir: string;
  const running: { stop(): Promise<unknown> }[] = [];
  before(async () => {
    world = await openWorld();
    dataDir = await mkdtemp(join(tmpdir(), 'sluice-jobs-'));
  });
  after(async () => {
    for (const one of running) await one.stop();
    await world.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  const accept = async (): Promise<string> => {
    const command = commandOf();
    await world.publish(command, { type: 'requested', body: command });
    await world.publish(command, { type: 'finished', body: finishedOf(command.jobId, 1) });
    return command.jobId;
  };
  const ask = { requestId: 'request-1' };
  const get = (jobId: string) => call(world.nc, getJob, { teamId: 'team1', jobId }, ask);
  const listed = async (count: number) => {
    const reply = await call(world.nc, listJobs, { teamId: 'team1', query: { limit: 200 } }, ask).catch(
      () => undefined,
    );
    return reply?.items.length === count && reply.items;
  };

  it('answers for its jobs without it, and catches up when it is back', async () => {
    const { mongodBinary: binary } = await testServers();
    const port = await freePort();
    const config = {
      ...world.config,
      databaseUrl: `mongodb://127.0.0.1:${port}/sluice?directConnection=true`,
    };
    // It starts before MongoDB does.
    running.push(await startJobs(config, { log: world.log }));
    const early = await accept();
    assert.equal((await get(early)).job.status, 'completed');
    const mongod = await startMongod({ binary, dataDir, port });
    await until(() => listed(1));

    await mongod.kill9();
    const meanwhile = await accept();
    const overdue = commandOf({ deadlineAt: new Date().toISOString() });
    await world.publish(overdue, { type: 'requested', body: overdue });
    assert.equal((await get(overdue.jobId)).job.position, null);
    assert.equal((await get(meanwhile)).job.status, 'completed');
    assert.equal((await get(early)).job.status, 'completed');
    await assert.rejects(call(world.nc, listJobs, { teamId: 'team1', query: {} }, ask), {
      code: 'unavailable',
    });

    running.push(await startMongod({ binary, dataDir, port }));
    const later = await accept();
    const items = await until(() => listed(4));
    const all = [early, meanwhile, later, overdue.jobId];
    assert.deepEqual(items.map(({ id }) => id).toSorted(), all.toSorted());
    // The sweeper has waited for it too.
    await until(async () => (await get(overdue.jobId)).job.status === 'expired');
    const others = (await until(() => listed(4))).filter(({ id }) => id !== overdue.jobId);
    assert.ok(others.every(({ status }) => status === 'completed'));
  });
});
