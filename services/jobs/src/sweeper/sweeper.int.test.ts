import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { finishedSchema, LOCKS_STREAM, lockSubject } from '@sluice/contracts';
import { jsonOf, lastBySubject } from '@sluice/messaging';
import { type ServiceProcess, startService } from '@sluice/testing';
import { commandOf } from '../jobs/testing/job-life.ts';
import { openWorld, until } from '../jobs/testing/jobs-world.ts';

describe('the sweepers of two jobs services', { timeout: 120_000 }, () => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  const services: ServiceProcess[] = [];
  before(async () => {
    world = await openWorld();
  });
  after(async () => {
    await Promise.all(services.map((service) => service.end()));
    await world.close();
  });

  const start = () => {
    const { natsUrl, databaseUrl } = world.config;
    const service = startService('jobs', { NODE_ENV: 'test', NATS_URL: natsUrl, DATABASE_URL: databaseUrl });
    services.push(service);
    return service;
  };
  const expired = async (): Promise<void> => {
    const now = Date.now();
    const at = new Date(now).toISOString();
    const command = commandOf({ deadlineAt: new Date(now + 300).toISOString() });
    await world.publish(command, { type: 'requested', body: { ...command, at } });
    const { nc, subjects } = world;
    const end = await until(() => lastBySubject(nc, subjects.stream, subjects.end('team1', command.jobId)));
    assert.equal(finishedSchema.parse(end.json()).status, 'expired');
  };
  const holder = async () => {
    const lock = await lastBySubject(world.nc, LOCKS_STREAM, lockSubject('sweeper'));
    return lock && (jsonOf(lock.data) as { holder: string }).holder;
  };

  it('act one at a time, and the death of the one that acts hands over', async () => {
    const [one, other] = [start(), start()];
    const first = await Promise.race(
      [one, other].map((service) => service.waitForLine('"sweeping"').then(() => service)),
    );
    const second = first === one ? other : one;
    await second.waitForLine('"ready"');
    await expired();
    const held = await holder();
    assert.ok(first.lines.some((line) => line.includes('"sweeping"') && line.includes(String(held))));
    assert.ok(!second.lines.some((line) => line.includes('"sweeping"')), 'both sweep');

    assert.deepEqual(await first.end('SIGKILL'), { code: null, signal: 'SIGKILL' });
    await expired();
    assert.ok(second.lines.some((line) => line.includes('"sweeping"')));
    assert.notEqual(await holder(), held);
  });

  it('hand over at once when the one that acts is stopped in order', async () => {
    const third = start();
    await third.waitForLine('"ready"');
    const acting = services.find((service) => service !== third && !service.hasEnded());
    await acting?.end('SIGTERM');
    await third.waitForLine('"sweeping"');
    await expired();
  });
});
