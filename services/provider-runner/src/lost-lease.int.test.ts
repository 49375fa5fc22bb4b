import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startFreezableLink } from './testing/freezable-link.ts';
import { type Harness, startHarness } from './testing/runner-harness.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.close());

/** A runner that calls the provider for a job when it loses sight of NATS. */
async function strandedRunner(model: string, maxAttempts: number) {
  const direct = new URL(harness.natsUrl);
  const link = await startFreezableLink({ host: direct.hostname, port: Number(direct.port) });
  const through = Object.assign(new URL(harness.natsUrl), { hostname: '127.0.0.1', port: String(link.port) });
  await harness.runner({ natsUrl: through.href, shutdownGraceMs: 0 });
  const label = new URLSearchParams(model.slice(model.indexOf('?'))).get('key') ?? '';
  const jobId = await harness.request(harness.command(harness.profile({ model }), { maxAttempts }));
  await harness.until(() => harness.calls(label).length === 1);
  await harness.until(async () => (await harness.types(jobId)).includes('started'));
  link.freeze();
  await harness.until(() => harness.calls(label)[0]?.aborted === true);
  return { link, jobId, label };
}

test('a runner that loses its lease aborts its call and says nothing more; another one completes the job', async () => {
  const { link, jobId, label } = await strandedRunner('demo?key=lost&hang=0&times=1', 3);
  await harness.runner();
  const { status, run } = await harness.finished(jobId);
  assert.deepEqual([status, run?.number, run?.reason], ['completed', 2, 'lease_lost']);
  assert.equal(harness.calls(label).length, 2);
  await link.stop();
  await harness.stopRunners();
  assert.deepEqual(await harness.types(jobId), ['requested', 'started', 'started', 'finished']);
});

test('a job whose last attempt lost its runner fails without another call', async () => {
  const { link, jobId, label } = await strandedRunner('demo?key=lost-last&hang=0', 1);
  await harness.runner();
  const { status, error } = await harness.finished(jobId);
  assert.deepEqual([status, error?.code, error?.retryable], ['failed', 'internal', false]);
  assert.match(error?.message ?? '', /lost once/);
  assert.equal(harness.calls(label).length, 1);
  await link.stop();
  await harness.stopRunners();
});
