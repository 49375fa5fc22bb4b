import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { topologyOf } from '@sluice/contracts';
import { checkTopology, connect, type NatsConnection } from '@sluice/messaging';
import { testNats } from '@sluice/testing';
import { runSluice } from './sluice-process.ts';

const { url, user, pass } = await testNats();
const urlWith = (password: string): string => {
  const complete = new URL(url);
  complete.username = user;
  complete.password = password;
  return complete.href;
};
const NATS_URL = urlWith(pass);

const apply = (env: Readonly<Record<string, string>> = {}) =>
  runSluice(['topology', 'apply'], { NATS_URL, ...env });

const withNats = async (use: (nc: NatsConnection) => Promise<unknown>): Promise<void> => {
  const nc = await connect({ url, user, pass, name: 'cli-test' });
  await use(nc).finally(() => nc.close());
};

describe('sluice topology apply', () => {
  it('creates what lacks, leaves it alone the next time, and updates what the environment changes', async () => {
    const first = await apply();
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, /^created {4}stream JOBS$/m);
    assert.match(first.stdout, /^created {4}consumer JOBS\/run-interactive$/m);
    await withNats((nc) => checkTopology(nc, topologyOf()));

    const second = await apply();
    assert.equal(second.code, 0, second.stderr);
    assert.match(second.stdout, /^unchanged {2}stream JOBS$/m);
    assert.doesNotMatch(second.stdout, /created|updated/);

    const third = await apply({ JOB_LEASE_MS: '45000', JOBS_MAX_BYTES: '1073741824' });
    assert.equal(third.code, 0, third.stderr);
    assert.match(third.stdout, /^updated {4}consumer JOBS\/run-batch$/m);
    assert.match(third.stdout, /^updated {4}stream JOBS$/m);
    assert.match(third.stdout, /^unchanged {2}stream TIMERS$/m);
  });

  it('refuses a change that cannot be made in place, with the difference, and applies nothing', async () => {
    const create = { name: 'KEPT', subjects: ['kept.*.*.*.*'], storage: 'memory' };
    await withNats((nc) => nc.request('$JS.API.STREAM.CREATE.KEPT', JSON.stringify(create)));
    const ended = await apply({ AI_QUEUE_NAME: 'kept' });
    assert.equal(ended.code, 1);
    assert.equal(ended.stdout, '');
    assert.match(ended.stderr, /stream KEPT: storage is "memory", wanted "file"/);
    await withNats(async (nc) => {
      const { consumers } = (await nc.request('$JS.API.CONSUMER.NAMES.KEPT')).json<{ consumers: unknown }>();
      assert.deepEqual(consumers, []);
    });
  });

  it('lists every fault of the environment by name', async () => {
    const ended = await apply({ NATS_REPLICAS: 'three', JOB_LEASE_MS: '1', AI_QUEUE_NAME: 'a.b' });
    assert.equal(ended.code, 1);
    for (const name of ['NATS_REPLICAS', 'JOB_LEASE_MS', 'AI_QUEUE_NAME']) {
      assert.match(ended.stderr, new RegExp(`^ *${name}: `, 'm'));
    }
    assert.match((await runSluice(['topology', 'apply'])).stderr, /^NATS_URL is not set/);
  });

  it('shows no password when the login is refused', async () => {
    const ended = await apply({ NATS_URL: urlWith('a-wrong-password') });
    assert.equal(ended.code, 1);
    assert.match(ended.stderr, /refuses this login/);
    assert.doesNotMatch(ended.stderr, /a-wrong-password/);
  });
});

describe('sluice topology show', () => {
  it('prints the topology of this environment as JSON', async () => {
    const ended = await runSluice(['topology', 'show'], { AI_QUEUE_NAME: 'night', NATS_REPLICAS: '3' });
    assert.equal(ended.code, 0, ended.stderr);
    assert.deepEqual(JSON.parse(ended.stdout), topologyOf({ queue: 'night', replicas: 3 }));
  });
});
