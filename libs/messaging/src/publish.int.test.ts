import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { NatsConnection } from '@nats-io/nats-core';
import { AppError, HEADERS } from '@sluice/contracts';
import { connect } from './connection.ts';
import { jetStreamRequest } from './jetstream-request.ts';
import { publishGuarded, publishStored } from './publish.ts';
import { countSubject, lastBySubject } from './reading.ts';
import { BACKENDS, type Backend } from './testing/backends.ts';
import { startTcpProxy, type TcpProxy } from './testing/tcp-proxy.ts';

const STREAM = 'JOBS';
const subjectsOf = (job: string) => ({
  requested: `jobs.interactive.t.${job}.requested`,
  finished: `jobs.interactive.t.${job}.finished`,
  none: { filter: `jobs.*.t.${job}.>`, sequence: 0 },
  notFinished: { filter: `jobs.*.t.${job}.finished`, sequence: 0 },
});

for (const { name, start } of BACKENDS) {
  describe(`a guarded publish on ${name}`, () => {
    let backend: Backend;
    let nc: NatsConnection;
    let proxy: TcpProxy;
    let behindProxy: NatsConnection;

    before(async () => {
      backend = await start();
      nc = await connect({ url: backend.url, name: 'test' });
      await jetStreamRequest(nc, `$JS.API.STREAM.CREATE.${STREAM}`, {
        name: STREAM,
        subjects: ['jobs.>'],
        num_replicas: backend.replicas,
        discard: 'new',
      });
      proxy = await startTcpProxy(backend.servers[0]?.port ?? 0);
      behindProxy = await connect({ url: `nats://127.0.0.1:${proxy.port}`, name: 'behind' });
      // What the servers gossip would lead around the proxy.
      behindProxy.setServers([`127.0.0.1:${proxy.port}`]);
    });
    after(async () => {
      await behindProxy?.close();
      await proxy?.stop();
      await nc?.close();
      await backend?.stop();
    });

    test('is stored once, with its headers, and refused afterwards with the sequence that was first', async () => {
      const { requested, none } = subjectsOf('once');
      const publication = { stream: STREAM, subject: requested, guard: none, body: '{"n":1}' };
      const first = await publishGuarded(nc, { ...publication, headers: { 'X-Request-Id': 'r-1' } });
      assert.equal(first.stored, true);
      const second = await publishGuarded(nc, publication);
      assert.deepEqual(second, { stored: false, lastSequence: first.stored && first.sequence });
      const message = await lastBySubject(nc, STREAM, requested);
      assert.deepEqual(message?.json(), { n: 1 });
      assert.equal(message?.headers?.get(HEADERS.requestId), 'r-1');
    });

    test('of fifty at once exactly one is stored and all are decided', async () => {
      for (const job of ['a', 'b', 'c']) {
        const { finished, notFinished } = subjectsOf(job);
        const outcomes = await Promise.all(
          Array.from({ length: 50 }, (_, n) =>
            publishGuarded(nc, { stream: STREAM, subject: finished, guard: notFinished, body: String(n) }),
          ),
        );
        assert.equal(outcomes.filter(({ stored }) => stored).length, 1);
        assert.equal(await countSubject(nc, STREAM, finished), 1);
      }
    });

    test('takes no header with a line break, which could forge another', async () => {
      const { requested, none } = subjectsOf('forged');
      const headers = { 'X-Request-Id': 'r\r\nNats-Rollup: all' };
      const publication = { stream: STREAM, subject: requested, guard: none, body: '', headers };
      await assert.rejects(publishGuarded(nc, publication), TypeError);
    });

    test('holds across priorities, and against a sequence other than zero', async () => {
      const { requested, none } = subjectsOf('wide');
      const first = await publishGuarded(nc, { stream: STREAM, subject: requested, guard: none, body: '' });
      assert.ok(first.stored);
      const subject = 'jobs.batch.t.wide.ready';
      const guard = { filter: none.filter, sequence: first.sequence };
      assert.equal((await publishGuarded(nc, { stream: STREAM, subject, guard, body: '' })).stored, true);
      assert.equal((await publishGuarded(nc, { stream: STREAM, subject, guard, body: '' })).stored, false);
    });

    test('whose answer was lost is recognised as ours', async () => {
      const { finished, notFinished } = subjectsOf('answer-lost');
      const stored = Promise.withResolvers<void>();
      const watching = nc.subscribe(finished, { callback: () => stored.resolve() });
      await nc.flush();
      proxy.lose('server');
      const outcome = publishGuarded(behindProxy, {
        stream: STREAM,
        subject: finished,
        guard: notFinished,
        body: 'mine',
      });
      await stored.promise;
      watching.unsubscribe();
      proxy.cut();
      assert.equal((await outcome).stored, true);
      assert.equal(await countSubject(nc, STREAM, finished), 1);
    });

    test('that was lost on the way is tried again, and refused when another was stored meanwhile', async () => {
      const lost = subjectsOf('lost');
      const beaten = subjectsOf('beaten');
      proxy.lose('client');
      const ours = [lost, beaten].map(({ finished, notFinished }) =>
        publishGuarded(behindProxy, { stream: STREAM, subject: finished, guard: notFinished, body: 'ours' }),
      );
      const theirs = { stream: STREAM, subject: beaten.finished, guard: beaten.notFinished, body: 'theirs' };
      assert.equal((await publishGuarded(nc, theirs)).stored, true);
      proxy.cut();
      assert.deepEqual(
        (await Promise.all(ours)).map(({ stored }) => stored),
        [true, false],
      );
      const last = await lastBySubject(nc, STREAM, beaten.finished);
      assert.equal(String(last && Buffer.from(last.data)), 'theirs');
    });

    test('continued with the same publish id finds what an earlier call stored', async () => {
      const { finished, notFinished } = subjectsOf('continued');
      const publication = {
        stream: STREAM,
        subject: finished,
        guard: notFinished,
        body: '',
        publishId: 'p1',
      };
      const first = await publishGuarded(nc, publication);
      assert.deepEqual(await publishGuarded(nc, publication), first);
      assert.equal((await publishGuarded(nc, { ...publication, publishId: 'p2' })).stored, false);
    });

    test('that nobody answers ends as unavailable within its bound', async () => {
      const publication = { stream: 'NONE', subject: 'nobody.listens', body: '', boundMs: 100 };
      const guard = { filter: 'nobody.listens', sequence: 0 };
      const unavailable = (error: unknown) => error instanceof AppError && error.code === 'unavailable';
      await assert.rejects(publishGuarded(nc, { ...publication, guard }), unavailable);
      await assert.rejects(publishStored(nc, publication), unavailable);
    });

    test('into a full stream is refused as queue_full, without loss of what was stored', async () => {
      const full = { name: 'SMALL', subjects: ['small.>'], max_msgs: 1, discard: 'new' };
      await jetStreamRequest(nc, '$JS.API.STREAM.CREATE.SMALL', { ...full, num_replicas: backend.replicas });
      const bytes = { ...full, name: 'FEW', subjects: ['few.>'], max_msgs: -1, max_bytes: 2_000 };
      await jetStreamRequest(nc, '$JS.API.STREAM.CREATE.FEW', { ...bytes, num_replicas: backend.replicas });
      const queueFull = (error: unknown) =>
        error instanceof AppError && error.code === 'queue_full' && error.retryable;
      await publishStored(nc, { subject: 'small.1', body: '' });
      await assert.rejects(publishStored(nc, { subject: 'small.2', body: '' }), queueFull);
      const guard = { filter: 'few.>', sequence: 0 };
      const large = { stream: 'FEW', subject: 'few.1', guard, body: 'x'.repeat(3_000) };
      await assert.rejects(publishGuarded(nc, large), queueFull);
      assert.equal(await countSubject(nc, 'SMALL', 'small.1'), 1);
    });
  });
}
