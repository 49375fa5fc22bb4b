import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { NatsConnection } from '@nats-io/nats-core';
import { testNats } from '@sluice/testing';
import { connect } from './connection.ts';
import { jetStreamRequest } from './jetstream-request.ts';
import { publishStored } from './publish.ts';
import { countSubject, getMessage, lastBySubject, nextBySubject } from './reading.ts';
import { readSubject } from './reading-batches.ts';

for (const direct of [true, false]) {
  describe(`reading a stream that ${direct ? 'allows' : 'does not allow'} direct get`, () => {
    let nc: NatsConnection;
    before(async () => {
      nc = await connect({ ...(await testNats()), name: 'test' });
      const stream = { name: 'READ', subjects: ['read.>'], allow_direct: direct };
      await jetStreamRequest(nc, '$JS.API.STREAM.CREATE.READ', stream);
      for (let n = 0; n < 1_200; n += 2) {
        const headers = { 'X-Request-Id': `r-${n}` };
        await publishStored(nc, { subject: 'read.even', body: JSON.stringify({ n }), headers });
        await publishStored(nc, { subject: 'read.odd', body: '' });
      }
    });
    after(async () => {
      await jetStreamRequest(nc, '$JS.API.STREAM.DELETE.READ', {});
      await nc.close();
    });

    test('finds the last, the next, one by its sequence, and says when there is none', async () => {
      const last = await lastBySubject(nc, 'READ', 'read.*');
      assert.deepEqual([last?.subject, last?.sequence, last?.data.length], ['read.odd', 1_200, 0]);
      const even = await lastBySubject(nc, 'READ', 'read.even');
      assert.deepEqual(even?.json(), { n: 1_198 });
      assert.equal(even?.headers?.get('X-Request-Id'), 'r-1198');
      assert.ok(Math.abs(Date.now() - (even?.storedAt ?? 0)) < 600_000);
      assert.equal((await nextBySubject(nc, 'READ', 'read.odd', 7))?.sequence, 8);
      assert.equal((await getMessage(nc, 'READ', 5))?.subject, 'read.even');
      assert.equal(await lastBySubject(nc, 'READ', 'read.none'), null);
      assert.equal(await nextBySubject(nc, 'READ', 'read.odd', 1_201), null);
      assert.equal(await getMessage(nc, 'READ', 9_999), null);
    });

    test('counts a literal subject', async () => {
      assert.equal(await countSubject(nc, 'READ', 'read.even'), 600);
      assert.equal(await countSubject(nc, 'READ', 'read.none'), 0);
    });

    test('reads all of a subject in order, over several batches, with empty bodies and headers', async () => {
      const evens = await readSubject(nc, 'READ', 'read.even');
      assert.deepEqual(
        evens.map((message) => (message.json() as { n: number }).n),
        Array.from({ length: 600 }, (_, n) => n * 2),
      );
      assert.equal(evens[3]?.headers?.get('X-Request-Id'), 'r-6');
      assert.equal(evens[3]?.sequence, 7);
      assert.ok((evens[3]?.storedAt ?? 0) > 0);
      assert.equal((await readSubject(nc, 'READ', 'read.odd')).length, 600);
      assert.equal((await readSubject(nc, 'READ', 'read.*')).length, 1_200);
    });

    test('reads from a sequence on, nothing where nothing is, and no more than its bounds', async () => {
      const late = await readSubject(nc, 'READ', 'read.even', { fromSequence: 1_190 });
      assert.deepEqual(
        late.map(({ sequence }) => sequence),
        [1_191, 1_193, 1_195, 1_197, 1_199],
      );
      assert.deepEqual(await readSubject(nc, 'READ', 'read.none'), []);
      assert.equal((await readSubject(nc, 'READ', 'read.even', { maxMessages: 550 })).length, 550);
      assert.equal((await readSubject(nc, 'READ', 'read.even', { maxBytes: 70 })).length, 9);
    });
  });
}
