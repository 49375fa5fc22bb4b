import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { NatsConnection } from '@nats-io/nats-core';
import { AppError, type Topology, topologyOf } from '@sluice/contracts';
import { testNats } from '@sluice/testing';
import { connect } from './connection.ts';
import { jetStreamRequest } from './jetstream-request.ts';
import { getObject, putObject } from './object-store.ts';
import { publishGuarded, publishStored } from './publish.ts';
import { lastBySubject } from './reading.ts';
import { scheduleHeaders } from './schedule-headers.ts';
import { testLog } from './testing/test-log.ts';
import { applyTopology, checkTopology } from './topology.ts';

const wanted = topologyOf();
const log = testLog();

const withStream = (name: string, fields: object): Topology => ({
  ...wanted,
  streams: wanted.streams.map((stream) => (stream.name === name ? { ...stream, ...fields } : stream)),
});
const inputLost = (error: unknown) => error instanceof AppError && error.code === 'input_lost';

describe('the topology', () => {
  let nc: NatsConnection;
  before(async () => {
    nc = await connect({ ...(await testNats()), name: 'test' });
  });
  after(() => nc.close());

  test('is missing, is made, and made again changes nothing', async () => {
    await assert.rejects(checkTopology(nc, wanted), /lacks stream TIMERS/);
    const first = await applyTopology(nc, wanted, { log });
    const { streams, objectBuckets, consumers } = wanted;
    assert.deepEqual(first.created, [
      ...streams.map(({ name }) => `stream ${name}`),
      ...objectBuckets.map(({ bucket }) => `stream OBJ_${bucket}`),
      ...consumers.map(({ stream, durable_name: name }) => `consumer ${stream}/${name}`),
    ]);
    const again = await applyTopology(nc, wanted, { log });
    assert.deepEqual(again, { created: [], updated: [], unchanged: first.created });
    assert.equal(await checkTopology(nc, wanted), true);
  });

  test('changes in place what may be changed, and keeps the rest', async () => {
    const longer = withStream('DELTAS', { max_age: 20 * 60 * 1e9 });
    const consumers = longer.consumers.map((consumer) =>
      consumer.durable_name === 'run-batch' ? { ...consumer, max_ack_pending: 500 } : consumer,
    );
    const report = await applyTopology(nc, { ...longer, consumers }, { log });
    assert.deepEqual(report.updated, ['stream DELTAS', 'consumer JOBS/run-batch']);
    const info = (await jetStreamRequest(nc, '$JS.API.STREAM.INFO.DELTAS', {})) as {
      config: { max_age: number; storage: string };
    };
    assert.deepEqual([info.config.max_age, info.config.storage], [20 * 60 * 1e9, 'file']);
    assert.equal((await applyTopology(nc, wanted, { log })).updated.length, 2);
  });

  test('is refused as a whole, with each difference, when one field cannot be changed in place', async () => {
    const other = withStream('JOBS', { storage: 'memory', max_age: 1e12 });
    const consumers = other.consumers.map((consumer) =>
      consumer.durable_name === 'projector' ? { ...consumer, ack_policy: 'none', max_waiting: 7 } : consumer,
    );
    await assert.rejects(applyTopology(nc, { ...other, consumers }, { log }), (error) => {
      assert.ok(error instanceof AppError && error.code === 'conflict');
      assert.match(error.message, /stream JOBS: storage is "file", wanted "memory"/);
      assert.match(error.message, /consumer JOBS\/projector: ack_policy is "explicit", wanted "none"/);
      assert.match(error.message, /max_waiting is 512, wanted 7/);
      assert.doesNotMatch(error.message, /max_age/);
      return true;
    });
    assert.deepEqual((await applyTopology(nc, wanted, { log })).updated, []);
  });

  test('a timer fires into JOBS with its body and headers, past no guard', async () => {
    const fired = Promise.withResolvers<number>();
    const watching = nc.subscribe('stored.jobs.interactive.t.waiting.due', {
      callback: () => fired.resolve(Date.now()),
    });
    const at = Date.now() + 300;
    await publishStored(nc, {
      subject: 'timers.at.interactive.t.waiting',
      body: '{"command":1}',
      headers: {
        'X-Request-Id': 'r-1',
        ...scheduleHeaders({ at, target: 'timers.due.interactive.t.waiting', ttl: 3600 }),
      },
    });
    assert.ok((await fired.promise) >= at - 1, 'not before its time');
    watching.unsubscribe();
    const due = await lastBySubject(nc, 'JOBS', 'jobs.*.t.waiting.>');
    assert.equal(due?.subject, 'jobs.interactive.t.waiting.due');
    assert.deepEqual(due?.json(), { command: 1 });
    assert.equal(due?.headers?.get('X-Request-Id'), 'r-1');
    const guard = { filter: 'jobs.*.t.waiting.>', sequence: 0 };
    const subject = 'jobs.interactive.t.waiting.requested';
    const outcome = await publishGuarded(nc, { stream: 'JOBS', subject, guard, body: '' });
    assert.deepEqual(outcome, { stored: false, lastSequence: due?.sequence });
  });

  test('a large body comes back as it was; a missing or altered one is input_lost', async () => {
    const bytes = Buffer.alloc(700_000, 'sluice');
    const reference = await putObject(nc, 'payloads', 't/j/input?', bytes);
    assert.equal(reference.size, 700_000);
    assert.ok(bytes.equals(await getObject(nc, 'payloads', reference)));
    const empty = await putObject(nc, 'payloads', 'empty', Buffer.alloc(0));
    assert.equal((await getObject(nc, 'payloads', empty)).length, 0);
    await assert.rejects(getObject(nc, 'payloads', { ...reference, object: 'none' }), inputLost);
    await assert.rejects(getObject(nc, 'payloads', { ...reference, size: 699_999 }), inputLost);
    await assert.rejects(getObject(nc, 'payloads', { ...reference, sha256: '0'.repeat(64) }), inputLost);
    await putObject(nc, 'payloads', 't/j/input?', Buffer.alloc(700_000, 'other'));
    await assert.rejects(getObject(nc, 'payloads', reference), inputLost);
    const current = await putObject(nc, 'payloads', 'chunks', bytes);
    await jetStreamRequest(nc, '$JS.API.STREAM.PURGE.OBJ_payloads', { filter: '$O.payloads.C.>' });
    await assert.rejects(getObject(nc, 'payloads', current), inputLost);
  });
});
