import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { fastify } from 'fastify';
import { type ChunkStream, openChunkStream } from './chunk-stream.ts';

const OPTIONS = { jobId: 'job1', createdAt: '2026-01-01T00:00:00.000Z', model: 'm', includeUsage: false };
const error = { code: 'provider_overloaded', message: 'Too busy.', retryable: true };
const event = (name: string, data: object) => ({ event: name, id: '', data });

/** A server whose one route opens a stream, and answers as it says where it is none. */
async function serve(holdMs?: number) {
  const app = fastify({ forceCloseConnections: true });
  const opened = Promise.withResolvers<ChunkStream>();
  app.get('/', async (_request, reply) => {
    const stream = openChunkStream(reply, OPTIONS, holdMs === undefined ? {} : { holdMs });
    opened.resolve(stream);
    await stream.closed;
    const { refusal } = stream;
    return refusal ? reply.code(refusal.status).send(refusal.body) : reply;
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  after(() => app.close());
  const { port } = app.server.address() as AddressInfo;
  return { answer: fetch(`http://127.0.0.1:${port}/`), opened: opened.promise };
}

test('a failure before the first token is an answer with a status; attempts before it are unseen', async () => {
  const { answer, opened } = await serve();
  const stream = await opened;
  stream.send(event('retrying', { error }));
  stream.send(event('started', {}));
  assert.equal(stream.open, true);
  stream.send(event('finished', { status: 'failed', error }));
  const response = await answer;
  assert.equal(response.status, 503);
  assert.deepEqual(await response.json(), {
    error: { message: 'Too busy.', type: 'server_error', param: null, code: 'provider_overloaded' },
  });
});

test('a stream on which nothing comes is opened after a while; a failure is an event then', async () => {
  const { answer, opened } = await serve(1);
  const response = await answer;
  assert.equal(response.status, 200);
  const stream = await opened;
  stream.send(event('finished', { status: 'failed', error }));
  assert.match(await response.text(), /^data: \{"error":\{"message":"Too busy\."[^\n]*\}\}\n\n$/);
  assert.equal(stream.abandoned, false);
});

test('an attempt that begins after output was sent ends the stream, and the job is nobody’s', async () => {
  for (const again of [event('retrying', { error }), event('started', {})]) {
    const { answer, opened } = await serve();
    const stream = await opened;
    stream.send(event('started', {}));
    stream.send(event('delta', { text: 'Hello' }));
    stream.send(again);
    stream.send(event('delta', { text: 'Hello again' }));
    const text = await (await answer).text();
    assert.match(text, /"content":"Hello"/);
    assert.match(text, /data: \{"error":[^\n]*broke off[^\n]*\n\n$/);
    assert.equal(stream.abandoned, true);
    assert.equal(stream.left, false);
  }
});
