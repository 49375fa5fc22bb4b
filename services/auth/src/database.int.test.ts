import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { getIdentity, getJwks, logIn, registerUser } from '@sluice/contracts';
import { freePort } from '@sluice/embedded';
import { call, connect } from '@sluice/messaging';
import { createLogger } from '@sluice/telemetry';
import { testServers } from '@sluice/testing';
import { MongoClient } from 'mongodb';
import { startAuth } from './app.ts';
import { testConfig } from './testing/auth-under-test.ts';

let directory: string;
let port: number;
let mongod: ChildProcess;
const url = () => `mongodb://127.0.0.1:${port}/sluice`;

// A server of its own kind: neither a replica set, nor shared, since it is killed here.
const startStandalone = async () => {
  const { mongodBinary } = await testServers();
  const args = ['--dbpath', directory, '--port', String(port), '--bind_ip', '127.0.0.1', '--quiet'];
  mongod = spawn(mongodBinary, args, { stdio: 'ignore' });
  const client = await new MongoClient(url()).connect();
  await client.close();
};
const killMongod = async () => {
  const exited = once(mongod, 'exit');
  mongod.kill('SIGKILL');
  await exited;
};

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-auth-'));
  port = await freePort();
  await startStandalone();
});
after(async () => {
  await killMongod();
  await rm(directory, { recursive: true });
});

test('on a standalone mongod accounts work, survive its kill, and callers are told while it is away', async () => {
  const { config } = await testConfig({ DATABASE_URL: url() });
  const log = createLogger({ service: 'auth', level: 'silent' });
  const auth = await startAuth(config, { log });
  const nc = await connect({ url: config.NATS_URL, name: 'auth-test' });
  const settings = { requestId: 'request-of-a-test', timeoutMs: 10_000 };
  try {
    const credentials = { email: 'ada@example.com', password: 'long enough' };
    const { user, team } = await call(nc, registerUser, credentials, settings);
    await killMongod();
    const away = { code: 'unavailable', retryable: true, message: /account store/ };
    await assert.rejects(call(nc, logIn, credentials, settings), away);
    const ids = { userId: user.id, teamId: team.id };
    await assert.rejects(call(nc, getIdentity, ids, settings), away);
    assert.equal((await call(nc, getJwks, {}, settings)).keys.length, 1);
    await startStandalone();
    assert.deepEqual((await call(nc, logIn, credentials, settings)).user, user);
  } finally {
    await auth.stop();
    await nc.close();
  }
});
