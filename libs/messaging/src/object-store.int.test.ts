import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { headers as newHeaders } from '@nats-io/nats-core';
import { Objm } from '@nats-io/obj';
import { AppError } from '@sluice/contracts';
import { testNats } from '@sluice/testing';
import { applyTopology, connect, jsonOf, type NatsConnection } from './index.ts';
import { jetStreamRequest } from './jetstream-request.ts';
import { getObject, openObject, putObject } from './object-store.ts';
import { subjectsIn } from './reading.ts';

const BUCKET = 'bodies';
const MIB = 1024 * 1024;

describe('a large body', () => {
  let nc: NatsConnection;
  before(async () => {
    nc = await connect({ ...(await testNats()), name: 'test' });
    const bucket = { bucket: BUCKET, ttl: 0, storage: 'file', replicas: 1, maxBytes: 4 * MIB } as const;
    await applyTopology(nc, { streams: [], consumers: [], objectBuckets: [bucket] });
  });
  after(() => nc.close());

  it('comes back as it was stored, also one of several chunks and one of none', async () => {
    for (const size of [0, 1, 128 * 1024, 600_000]) {
      const bytes = randomBytes(size);
      const reference = await putObject(nc, BUCKET, `team/a job/${size}`, bytes);
      assert.deepEqual(Buffer.from(await getObject(nc, BUCKET, reference)), bytes);
    }
  });

  it("can be read by NATS's own library: it is stored in the form of ADR-20", async () => {
    const bytes = randomBytes(300_000);
    await putObject(nc, BUCKET, 'for all >?', bytes);
    const store = await new Objm(nc).open(BUCKET);
    assert.deepEqual(Buffer.from((await store.getBlob('for all >?')) ?? []), bytes);
    assert.equal((await store.info('for all >?'))?.chunks, 3);
  });

  it('replaces the earlier one of its name', async () => {
    const earlier = await putObject(nc, BUCKET, 'same', Buffer.from('earlier'));
    const later = await putObject(nc, BUCKET, 'same', Buffer.from('later'));
    assert.equal(String(Buffer.from(await getObject(nc, BUCKET, later))), 'later');
    await assert.rejects(
      getObject(nc, BUCKET, earlier),
      (error) => error instanceof AppError && error.code === 'input_lost',
    );
  });

  it('is not taken away by a message that would roll up the bucket', async () => {
    const reference = await putObject(nc, BUCKET, 'stays', Buffer.from('stays'));
    const headers = newHeaders();
    headers.set('Nats-Rollup', 'all');
    const refused = jsonOf((await nc.request(`$O.${BUCKET}.M.attack`, 'x', { headers, timeout: 2000 })).data);
    assert.match(JSON.stringify(refused), /rollup not permitted/);
    assert.equal(String(Buffer.from(await getObject(nc, BUCKET, reference))), 'stays');
  });

  it('can be read by its name alone, a chunk at a time', async () => {
    const bytes = randomBytes(300_000);
    const { sha256 } = await putObject(nc, BUCKET, 'by name', bytes);
    const opened = await openObject(nc, BUCKET, 'by name');
    assert.ok(opened);
    assert.equal(opened.size, bytes.length);
    assert.equal(Buffer.from(opened.digest, 'base64url').toString('hex'), sha256);
    const chunks = await Readable.from(opened.read()).toArray();
    assert.equal(chunks.length, 3);
    assert.deepEqual(Buffer.concat(chunks), bytes);
    await putObject(nc, BUCKET, 'of nothing', Buffer.alloc(0));
    const empty = await openObject(nc, BUCKET, 'of nothing');
    assert.deepEqual(await Readable.from(empty?.read() ?? []).toArray(), []);
    assert.equal(await openObject(nc, BUCKET, 'nobody stored this'), null);
  });

  it('that lost a chunk, or has another in its place, never comes to its end', async () => {
    const chunksOf = async (name: string) => {
      const before = await subjectsIn(nc, `OBJ_${BUCKET}`, `$O.${BUCKET}.C.>`);
      await putObject(nc, BUCKET, name, randomBytes(300_000));
      const after = await subjectsIn(nc, `OBJ_${BUCKET}`, `$O.${BUCKET}.C.>`);
      return Object.keys(after).find((subject) => !(subject in before)) ?? '';
    };
    const readTo = async (name: string) => {
      let read = 0;
      const opened = await openObject(nc, BUCKET, name);
      await assert.rejects(
        async () => {
          for await (const chunk of opened?.read() ?? []) read += chunk.length;
        },
        { code: 'input_lost' },
      );
      return read;
    };
    const purge = (filter: string, more: object) =>
      jetStreamRequest(nc, `$JS.API.STREAM.PURGE.OBJ_${BUCKET}`, { filter, ...more });
    await purge(await chunksOf('shorter'), { keep: 2 });
    assert.ok((await readTo('shorter')) < 300_000);
    const altered = await chunksOf('altered');
    await purge(altered, { keep: 2 });
    await nc.request(altered, randomBytes(128 * 1024));
    assert.ok((await readTo('altered')) < 300_000);
  });

  it('that finds the bucket full is refused as that', async () => {
    await assert.rejects(
      putObject(nc, BUCKET, 'too much', randomBytes(5 * MIB)),
      (error) => error instanceof AppError && error.code === 'queue_full',
    );
  });
});
