import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Objm } from '@nats-io/obj';
import { AppError } from '@sluice/contracts';
import { testNats } from '@sluice/testing';
import { connect, type NatsConnection } from './index.ts';
import { jetStreamRequest } from './jetstream-request.ts';
import { getObject, putObject } from './object-store.ts';

const BUCKET = 'bodies';
const MIB = 1024 * 1024;

describe('a large body', () => {
  let nc: NatsConnection;
  before(async () => {
    nc = await connect({ ...(await testNats()), name: 'test' });
    await jetStreamRequest(nc, `$JS.API.STREAM.CREATE.OBJ_${BUCKET}`, {
      name: `OBJ_${BUCKET}`,
      subjects: [`$O.${BUCKET}.C.>`, `$O.${BUCKET}.M.>`],
      allow_rollup_hdrs: true,
      allow_direct: true,
      discard: 'new',
      max_bytes: 4 * MIB,
    });
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

  it('that finds the bucket full is refused as that', async () => {
    await assert.rejects(
      putObject(nc, BUCKET, 'too much', randomBytes(5 * MIB)),
      (error) => error instanceof AppError && error.code === 'queue_full',
    );
  });
});
