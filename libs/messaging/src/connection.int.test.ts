import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { AppError } from '@sluice/contracts';
import { freePort } from '@sluice/embedded';
import { testNats } from '@sluice/testing';
import { connect } from './connection.ts';
import { testLog } from './testing/test-log.ts';

const unavailable = (error: unknown) => error instanceof AppError && error.code === 'unavailable';

test('credentials may stand in the URL, and several servers beside each other', async () => {
  const { url, user, pass } = await testNats();
  const { host } = new URL(url);
  const dead = `nats://127.0.0.1:${await freePort()}`;
  const nc = await connect({ url: `nats://${user}:${pass}@${host},${dead}`, name: 'my service.1' });
  const replies: string[] = [];
  nc.subscribe('who', {
    callback: (_error, msg) => {
      replies.push(msg.reply ?? '');
      msg.respond('me');
    },
  });
  assert.equal((await nc.request('who')).string(), 'me');
  assert.match(replies[0] ?? '', /^_INBOX_my-service-1\./);
  await nc.close();
});

test('no server in time, or a login that is refused, is unavailable, and no password is shown', async () => {
  const log = testLog();
  const url = `nats://someone:hunter2@127.0.0.1:${await freePort()}`;
  await assert.rejects(connect({ url, name: 'test', log, firstConnectMs: 300 }), unavailable);
  assert.ok(log.lines.length > 0);
  assert.doesNotMatch(JSON.stringify(log.lines), /hunter2/);
  const login = { ...(await testNats()), pass: 'wrong' };
  await assert.rejects(connect({ ...login, name: 'test' }), unavailable);
});

test('a server that says it is older than 2.14 is refused with both versions', async () => {
  const server = createServer((socket) => {
    const info = { server_id: 'OLD', version: '2.13.9', proto: 1, headers: true, max_payload: 1_048_576 };
    socket.on('error', () => undefined);
    socket.on('data', (data) => String(data).includes('PING') && socket.write('PONG\r\n'));
    socket.write(`INFO ${JSON.stringify(info)}\r\n`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address && typeof address === 'object');
  const url = `nats://127.0.0.1:${address.port}`;
  await assert.rejects(connect({ url, name: 'test' }), (error: unknown) => {
    assert.ok(unavailable(error));
    assert.match(String(error), /nats-server 2\.13\.9 is too old: Sluice needs 2\.14\.0 or newer/);
    return true;
  });
  server.close();
});
