import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverAddresses } from './server-addresses.ts';

test('several servers, credentials once, ports where they are missing', () => {
  assert.deepEqual(serverAddresses('nats://me:s%40y@a:4333, b, tls://c:1'), {
    servers: ['a:4333', 'b:4222', 'c:1'],
    user: 'me',
    pass: 's@y',
    tls: true,
  });
});

test('a name alone is a token', () => {
  assert.deepEqual(serverAddresses('nats://t0ken@a'), { servers: ['a:4222'], token: 't0ken', tls: false });
});

test('what is no NATS URL is refused without showing it', () => {
  for (const url of ['', ' , ', 'http://me:hunter2@a', 'nats://me:hunter2@']) {
    assert.throws(
      () => serverAddresses(url),
      (error) => error instanceof TypeError && !error.message.includes('hunter2'),
    );
  }
});
