import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { after, test } from 'node:test';
import { readEvents } from '@sluice/testing';
import { fastify } from 'fastify';
import { type EventStream, openEventStream } from './event-stream.ts';

/** A server whose one route opens a stream and hands it over. */
async function serve(write: (stream: EventStream) => void, options?: { stalledMs: number; left?: boolean }) {
  const app = fastify({ forceCloseConnections: true });
  const asked = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<EventStream>();
  app.get('/', async (_request, reply) => {
    asked.resolve();
    if (options?.left) await once(reply.raw, 'close');
    const stream = openEventStream(reply, options);
    write(stream);
    opened.resolve(stream);
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  after(() => app.close());
  const { port } = app.server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, port, asked: asked.promise, opened: opened.promise };
}

async function dataOf(url: string): Promise<object[]> {
  const { body } = await fetch(url);
  assert.ok(body);
  const all: object[] = [];
  for await (const { data } of readEvents(body)) all.push(data);
  return all;
}

test('one event larger than what may stay unread reaches a client that reads', async () => {
  const text = 'x'.repeat(6_000_000);
  const { url } = await serve((stream) => {
    stream.send({ event: 'finished', id: '1', data: { text } });
    stream.end();
  });
  assert.deepEqual(await dataOf(url), [{ text }]);
});

test('a long replay, written at once, reaches a client that reads', async () => {
  const { url } = await serve((stream) => {
    for (let index = 0; index < 40_000; index += 1) {
      stream.send({ event: 'delta', id: `${index}`, data: { index, text: 'x'.repeat(200) } });
    }
    stream.end();
  });
  assert.equal((await dataOf(url)).length, 40_000);
});

test('a client that reads nothing is cut, also after the stream has ended', async () => {
  for (const ends of [false, true]) {
    const { port, opened } = await serve(
      (stream) => {
        stream.send({ event: 'finished', id: '1', data: { text: 'x'.repeat(20_000_000) } });
        if (ends) stream.end();
      },
      { stalledMs: 50 },
    );
    const client = connect(port, '127.0.0.1').pause();
    client.on('error', () => {});
    client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await (await opened).closed;
    client.destroy();
  }
});

test('the stream of a client that left before it was opened is closed', async () => {
  const { port, asked, opened } = await serve(() => {}, { stalledMs: 50, left: true });
  const client = connect(port, '127.0.0.1');
  client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  await asked;
  client.destroy();
  const stream = await opened;
  assert.equal(stream.open, false);
  await stream.closed;
});
