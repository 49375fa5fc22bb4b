import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { NatsConnection } from '@nats-io/nats-core';
import { AppError, endpoint } from '@sluice/contracts';
import { testNats } from '@sluice/testing';
import { z } from 'zod';
import { call } from './call.ts';
import { connect } from './connection.ts';
import { serve, stopServing } from './serve.ts';
import { testLog } from './testing/test-log.ts';

const double = endpoint('test.double', z.object({ n: z.number() }), z.object({ n: z.number() }));
const ASKED = { requestId: 'r-1' };

const codeOf = async (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'none',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );

describe('request and reply', () => {
  let nc: NatsConnection;
  before(async () => {
    nc = await connect({ ...(await testNats()), name: 'test' });
  });
  after(() => nc.close());

  test('carries request, reply and request id; requests are answered side by side', async () => {
    const both = Promise.withResolvers<void>();
    const ids: string[] = [];
    const serving = serve(
      nc,
      'doublers',
      double,
      async ({ n }, { requestId }) => {
        ids.push(requestId);
        if (ids.length === 2) both.resolve();
        await both.promise;
        return { n: n * 2, secret: 'stays here' };
      },
      { log: testLog() },
    );
    const replies = await Promise.all([call(nc, double, { n: 1 }, ASKED), call(nc, double, { n: 2 }, ASKED)]);
    assert.deepEqual(replies, [{ n: 2 }, { n: 4 }]);
    assert.deepEqual(ids, ['r-1', 'r-1']);
    await stopServing([serving]);
  });

  test('an AppError arrives as it was thrown, any other as internal, logged with the request id', async () => {
    const log = testLog();
    const details = [{ path: 'n', message: 'odd' }];
    const thrown = new AppError('rate_limited', 'Slow down.', { details, retryAfterMs: 1_500 });
    const errors = [thrown, new Error('password is hunter2')];
    const serving = serve(nc, 'doublers', double, () => Promise.reject(errors.shift()), { log });
    await assert.rejects(call(nc, double, { n: 1 }, ASKED), (error) => {
      assert.ok(error instanceof AppError);
      const { code, message, retryable, retryAfterMs } = error;
      assert.deepEqual(
        { code, message, retryable, retryAfterMs, details: error.details },
        { code: 'rate_limited', message: 'Slow down.', retryable: true, retryAfterMs: 1_500, details },
      );
      return true;
    });
    await assert.rejects(
      call(nc, double, { n: 1 }, ASKED),
      (error) => error instanceof AppError && error.code === 'internal' && !error.message.includes('hunter2'),
    );
    assert.deepEqual(
      log.lines.map(({ fields }) => 'requestId' in fields && fields.requestId),
      ['r-1'],
    );
    await serving.stop();
  });

  test('a request that does not fit names its fields, and one that is no JSON is refused', async () => {
    const serving = serve(nc, 'doublers', double, async (request) => request, { log: testLog() });
    const wrong = await nc.request('test.double', '{"n":"one"}');
    const answer = wrong.json<{ code: string; details: { path: string }[] }>();
    assert.equal(answer.code, 'validation_failed');
    assert.equal(answer.details[0]?.path, 'n');
    const garbage = await nc.request('test.double', '{');
    assert.equal(garbage.json<{ code: string }>().code, 'bad_request');
    await serving.stop();
  });

  test('nobody there is unavailable at once, and so is nobody in time', async () => {
    assert.equal(await codeOf(call(nc, double, { n: 1 }, { ...ASKED, timeoutMs: 60_000 })), 'unavailable');
    const silent = nc.subscribe('test.double', { callback: () => undefined });
    assert.equal(await codeOf(call(nc, double, { n: 1 }, { ...ASKED, timeoutMs: 50 })), 'unavailable');
    silent.unsubscribe();
  });

  test('stopping answers what is in hand and takes no more', async () => {
    const taken = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const serving = serve(
      nc,
      'doublers',
      double,
      async ({ n }) => {
        taken.resolve();
        await release.promise;
        return { n };
      },
      { log: testLog() },
    );
    const asked = call(nc, double, { n: 7 }, ASKED);
    await taken.promise;
    const stopped = stopServing([serving]);
    release.resolve();
    await stopped;
    assert.deepEqual(await asked, { n: 7 });
    assert.equal(await codeOf(call(nc, double, { n: 8 }, ASKED)), 'unavailable');
  });
});
