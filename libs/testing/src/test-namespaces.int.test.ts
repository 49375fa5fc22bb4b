import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { connect } from '@nats-io/transport-node';
import { MongoClient } from 'mongodb';
import { testMongoUrl, testNats } from './index.ts';

describe('what a test file gets', () => {
  it('is a NATS account of its own with JetStream, closed to another password', async () => {
    const { url, user, pass } = await testNats();
    const connection = await connect({ servers: url, user, pass });
    const api = async (call: string, body: unknown) =>
      (await connection.request(`$JS.API.${call}`, JSON.stringify(body))).json<Record<string, unknown>>();
    assert.equal((await api('INFO', ''))['streams'], 0);
    const stream = { name: 'OWN', subjects: ['own.>'], max_bytes: 2 ** 40 };
    assert.equal((await api('STREAM.CREATE.OWN', stream))['error'], undefined);
    assert.equal((await api('INFO', ''))['streams'], 1);
    await connection.close();
    await assert.rejects(connect({ servers: url, user, pass: 'another', reconnect: false }));
  });

  it('is a MongoDB database of its own that takes transactions', async () => {
    const client = new MongoClient(await testMongoUrl());
    assert.deepEqual(await client.db().listCollections().toArray(), []);
    const things = client.db().collection('things');
    await client.withSession((session) =>
      session.withTransaction(async () => {
        await things.insertOne({ name: 'one' }, { session });
      }),
    );
    assert.equal(await things.countDocuments(), 1);
    await client.close();
  });
});
