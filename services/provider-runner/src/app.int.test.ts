import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, afterEach, before, test } from 'node:test';
import { chatResultSchema, newId, PAYLOADS_BUCKET } from '@sluice/contracts';
import { getObject, jsonOf } from '@sluice/messaging';
import { type Harness, PROVIDER_KEY, startHarness } from './testing/runner-harness.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
afterEach(() => harness.stopRunners());
after(() => harness.close());

test('a chat is answered: two events, one call with the opened key, and the gateway told', async () => {
  await harness.runner();
  const profile = harness.profile({ model: 'demo?key=plain&text=All%20is%20well.' });
  const jobId = await harness.request(harness.command(profile));
  const finished = await harness.finished(jobId);
  assert.equal(finished.status, 'completed');
  assert.equal(finished.result?.text, 'All is well.');
  assert.equal(finished.result?.usage?.outputTokens, 3);
  assert.deepEqual([finished.run?.number, finished.run?.reason, finished.lastIndex], [1, undefined, -1]);
  assert.deepEqual(await harness.types(jobId), ['requested', 'started', 'finished']);
  const [call, ...more] = harness.calls('plain');
  assert.equal(more.length, 0);
  assert.equal(call?.keySha256, createHash('sha256').update(PROVIDER_KEY).digest('hex'));
});

test('batch work is taken when it is ready', async () => {
  await harness.runner();
  const command = harness.command(harness.profile({ model: 'demo' }), { priority: 'batch' });
  await harness.publish(command.jobId, 'requested', command, 'batch');
  await harness.publish(command.jobId, 'ready', command, 'batch');
  assert.equal((await harness.finished(command.jobId)).status, 'completed');
});

test('profiles are fetched once for many jobs, and again when they changed', async () => {
  await harness.runner();
  const profile = harness.profile({ model: 'demo?text=before' });
  const before = harness.profileRequests;
  const jobs = await Promise.all(Array.from({ length: 20 }, () => harness.request(harness.command(profile))));
  for (const jobId of jobs) assert.equal((await harness.finished(jobId)).result?.text, 'before');
  assert.equal(harness.profileRequests, before + 1);
  await harness.changeProfile(profile, { model: 'demo?text=after' });
  const jobId = await harness.request(harness.command(profile));
  assert.equal((await harness.finished(jobId)).result?.text, 'after');
});

test('a stream arrives whole in frames and in pieces, both before the end', async () => {
  await harness.runner();
  const profile = harness.profile({ model: 'demo?chunks=60&interval=5' });
  const jobId = await harness.request(harness.command(profile, { stream: true }));
  const finished = await harness.finished(jobId);
  assert.equal(finished.lastIndex, 59);
  assert.equal(typeof finished.run?.firstTokenMs, 'number');
  const deltasOfFrames = () =>
    harness.frames.flatMap(({ items }) =>
      items.flatMap((item) => (item.type === 'delta' && item.jobId === jobId ? [item.delta] : [])),
    );
  await harness.until(() => deltasOfFrames().length === 60);
  const pieces = await harness.pieces(jobId);
  const deltas = pieces.flatMap((piece) => piece.deltas);
  assert.deepEqual(deltas, deltasOfFrames());
  assert.deepEqual(
    deltas.map(({ index }) => index),
    Array.from({ length: 60 }, (_, index) => index),
  );
  assert.equal(deltas.map(({ text }) => text).join(''), finished.result?.text);
  let offset = 0;
  for (const piece of pieces) {
    assert.equal(piece.textOffset, offset);
    offset += piece.deltas.reduce((sum, { text = '' }) => sum + text.length, 0);
  }
  const first = harness.frames.flatMap(({ items }) => items).find((item) => item.jobId === jobId);
  assert.equal(first?.type, 'started');
});

const FAULTS: readonly [query: string, code: string, stream?: boolean][] = [
  ['status=401&echo=key', 'provider_authentication'],
  ['status=402', 'provider_quota_exceeded'],
  ['status=403', 'provider_permission'],
  ['status=404', 'provider_model_not_found'],
  ['status=400&code=context_length_exceeded', 'provider_context_too_long'],
  ['status=400&code=content_filter', 'provider_content_filtered'],
  ['status=422', 'provider_invalid_request'],
  ['status=429&code=insufficient_quota', 'provider_quota_exceeded'],
  ['status=429', 'provider_rate_limited'],
  ['status=500', 'provider_unavailable'],
  ['status=503', 'provider_overloaded'],
  ['cut=0', 'provider_unavailable'],
  ['cut=3', 'provider_truncated'],
  ['cut=3&chunks=9&interval=1', 'provider_truncated', true],
  ['truncate=3', 'provider_truncated', true],
  ['html=1', 'provider_malformed'],
  ['html=1', 'provider_malformed', true],
  ['malformed=1', 'provider_malformed'],
  ['malformed=1', 'provider_malformed', true],
  ['empty=1', 'provider_empty_answer'],
  ['empty=1', 'provider_empty_answer', true],
];

test('each fault of a provider ends as its own code, and none of them shows the key', async () => {
  await harness.runner();
  await Promise.all(
    FAULTS.map(async ([query, code, stream = false]) => {
      const profile = harness.profile({ model: `demo?${query}` });
      const jobId = await harness.request(harness.command(profile, { stream, maxAttempts: 1 }));
      const finished = await harness.finished(jobId);
      assert.deepEqual([finished.status, finished.error?.code], ['failed', code], `${query} ${stream}`);
      const status = /status=(\d+)/.exec(query)?.[1];
      if (status) assert.equal(finished.error?.provider?.status, Number(status));
      assert.doesNotMatch(JSON.stringify(await harness.events(jobId)), new RegExp(PROVIDER_KEY));
    }),
  );
});

test('a call that takes too long ends with the time-out in its message', async () => {
  const timeouts = { ...harness.config().timeouts, requestMs: 100 };
  await harness.runner({ timeouts });
  const jobId = await harness.request(
    harness.command(harness.profile({ model: 'demo?hang=0' }), { maxAttempts: 1 }),
  );
  const { error } = await harness.finished(jobId);
  assert.equal(error?.code, 'provider_timeout');
  assert.match(error?.message ?? '', /100 ms/);
});

test('a provider that goes silent in a stream is not waited for', async () => {
  const timeouts = { ...harness.config().timeouts, firstTokenMs: 100, idleMs: 100 };
  await harness.runner({ timeouts });
  for (const [query, code] of [
    ['hang=0', 'provider_first_token_timeout'],
    ['hang=2', 'provider_idle_timeout'],
  ]) {
    const profile = harness.profile({ model: `demo?${query}` });
    const jobId = await harness.request(harness.command(profile, { stream: true, maxAttempts: 1 }));
    assert.equal((await harness.finished(jobId)).error?.code, code);
  }
});

test('a failure that may pass is tried again through a timer', async () => {
  await harness.runner();
  const profile = harness.profile({ model: 'demo?key=retried&status=503&times=2' });
  const jobId = await harness.request(harness.command(profile, { stream: true }));
  const finished = await harness.finished(jobId);
  assert.deepEqual([finished.status, finished.run?.number, finished.run?.reason], ['completed', 3, 'retry']);
  const attempt = ['started', 'retrying', 'due'];
  assert.deepEqual(await harness.types(jobId), ['requested', ...attempt, ...attempt, 'started', 'finished']);
  const retrying = () =>
    harness.frames
      .flatMap(({ items }) => items)
      .filter((item) => item.type === 'retrying' && item.jobId === jobId);
  await harness.until(() => retrying().length === 2);
});

test('when all attempts are used the job fails with the last error', async () => {
  await harness.runner();
  const profile = harness.profile({ model: 'demo?key=used-up&status=500' });
  const jobId = await harness.request(harness.command(profile, { maxAttempts: 2 }));
  const { status, error, run } = await harness.finished(jobId);
  assert.deepEqual([status, error?.code, run?.number], ['failed', 'provider_unavailable', 2]);
  assert.equal(harness.calls('used-up').length, 2);
});

test('a deadline that has passed ends the job without a call; one that passes stops the call', async () => {
  await harness.runner();
  const profile = harness.profile({ model: 'demo?key=deadline&hang=0' });
  const late = harness.command(profile, { deadlineAt: new Date(Date.now() - 1000).toISOString() });
  const { status, error } = await harness.finished(await harness.request(late));
  assert.deepEqual([status, error?.code], ['expired', 'deadline_exceeded']);
  assert.equal(harness.calls('deadline').length, 0);
  const tight = harness.command(profile, { deadlineAt: new Date(Date.now() + 300).toISOString() });
  assert.equal((await harness.finished(await harness.request(tight))).status, 'expired');
  await harness.until(() => harness.calls('deadline')[0]?.aborted === true);
});

const CANCELLED = { v: 1, status: 'cancelled', at: new Date().toISOString(), lastIndex: -1 };

test('a job that ended before it is due again is not called', async () => {
  await harness.runner();
  const command = harness.command(harness.profile({ model: 'demo?key=ended' }));
  await harness.publish(command.jobId, 'finished', { ...CANCELLED, jobId: command.jobId });
  await harness.nc.request(
    harness.subjects.event('interactive', harness.teamId, command.jobId, 'due'),
    JSON.stringify(command),
  );
  const last = await harness.request(harness.command(harness.profile({ model: 'demo' })));
  await harness.finished(last);
  const [runner] = [await harness.runner()];
  await runner.stop();
  assert.deepEqual(await harness.types(command.jobId), ['finished', 'due']);
  assert.equal(harness.calls('ended').length, 0);
});

test('a job that ends while it is being called keeps that end, and the late result is dropped', async () => {
  const runner = await harness.runner();
  const command = harness.command(harness.profile({ model: 'demo?key=raced&delay=300' }));
  await harness.request(command);
  await harness.until(() => harness.calls('raced').length === 1);
  await harness.publish(command.jobId, 'finished', { ...CANCELLED, jobId: command.jobId });
  await harness.until(() => runner.held === 0);
  const events = await harness.events(command.jobId);
  assert.deepEqual(
    events.map(({ type }) => type),
    ['requested', 'started', 'finished'],
  );
  const end = events.at(-1);
  assert.ok(end?.type === 'finished' && end.data.status === 'cancelled');
});

test('a runner that stops hands its job back, and another one completes it', async () => {
  const first = await harness.runner({ shutdownGraceMs: 50 });
  const profile = harness.profile({ model: 'demo?key=handed-back&hang=2&times=1' });
  const jobId = await harness.request(harness.command(profile, { stream: true, maxAttempts: 1 }));
  await harness.until(() => harness.calls('handed-back').length === 1);
  await first.stop();
  await harness.runner();
  const { status, run } = await harness.finished(jobId);
  assert.deepEqual([status, run?.number, run?.reason], ['completed', 2, 'handed_back']);
  assert.deepEqual(await harness.types(jobId), ['requested', 'started', 'released', 'started', 'finished']);
});

test('what runs when a runner stops may finish within the grace', async () => {
  const runner = await harness.runner();
  const profile = harness.profile({ model: 'demo?key=graceful&delay=200' });
  const jobId = await harness.request(harness.command(profile));
  await harness.until(() => harness.calls('graceful').length === 1);
  await runner.stop();
  assert.equal((await harness.finished(jobId)).status, 'completed');
});

test('a command that cannot be read ends its job, and does not come back', async () => {
  const runner = await harness.runner();
  for (const body of ['no json', '{"v":1}', JSON.stringify(harness.command('profile'))]) {
    const jobId = newId();
    await harness.publish(jobId, 'requested', body);
    await harness.until(async () => {
      const last = await harness.nc.request(
        '$JS.API.STREAM.MSG.GET.JOBS',
        JSON.stringify({ last_by_subj: harness.subjects.end(harness.teamId, jobId) }),
      );
      const message = (jsonOf(last.data) as { message?: { data: string } }).message;
      if (!message) return false;
      const finished = JSON.parse(Buffer.from(message.data, 'base64').toString());
      assert.deepEqual([finished.status, finished.error.code], ['failed', 'malformed']);
      return true;
    });
  }
  await harness.until(() => runner.held === 0);
});

test('a key that does not open, an unknown profile and a private address each end the job without a call', async () => {
  await harness.runner({ allowedHosts: [harness.provider.url.slice('http://'.length, -'/v1'.length)] });
  const cases = [
    [harness.profile({ model: 'demo?key=refused', sealedForOther: true }), 'key_unreadable'],
    [newId(), 'profile_unavailable'],
    [
      harness.profile({ model: 'demo?key=refused', baseUrl: 'https://127.0.0.1:1/v1' }),
      'profile_unavailable',
    ],
  ] as const;
  for (const [profile, code] of cases) {
    const { error } = await harness.finished(await harness.request(harness.command(profile)));
    assert.deepEqual([error?.code, error?.retryable], [code, false]);
  }
  assert.equal(harness.calls('refused').length, 0);
});

test('a large input and a large result travel by reference', async () => {
  await harness.runner();
  const profile = harness.profile({ model: 'demo?size=600000' });
  const { input, ...command } = harness.command(profile);
  const inputRef = await harness.store(Buffer.from(JSON.stringify(input)));
  const finished = await harness.finished(await harness.request({ ...command, inputRef }));
  assert.equal(finished.result, undefined);
  assert.ok(finished.resultRef);
  const result = chatResultSchema.parse(
    jsonOf(await getObject(harness.nc, PAYLOADS_BUCKET, finished.resultRef)),
  );
  assert.equal(result.text.length, 600_000);
});

test('an input that is not what was stored ends the job', async () => {
  await harness.runner();
  const { input: _, ...command } = harness.command(harness.profile({ model: 'demo' }));
  const inputRef = { ...(await harness.store(Buffer.from('{}'))), sha256: '0'.repeat(64) };
  const { error } = await harness.finished(await harness.request({ ...command, inputRef }));
  assert.equal(error?.code, 'input_lost');
});
