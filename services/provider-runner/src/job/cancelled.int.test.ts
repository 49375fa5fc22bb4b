import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { jobCancelledSubject } from '@sluice/contracts';
import { type Harness, startHarness } from '../testing/runner-harness.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
afterEach(() => harness.stopRunners());
after(() => harness.close());

/** A job whose provider does not answer, and which somebody else has ended. */
async function endedElsewhere(label: string, stream: boolean) {
  const runner = await harness.runner();
  const command = harness.command(harness.profile({ model: `demo?key=${label}&hang=2&interval=1` }), {
    stream,
  });
  const { jobId } = command;
  await harness.request(command);
  await harness.until(() => harness.calls(label).length === 1);
  await harness.until(async () => (await harness.types(jobId)).includes('started'));
  const end = { v: 1, jobId, status: 'cancelled', at: new Date().toISOString(), lastIndex: -1 };
  await harness.publish(jobId, 'finished', end);
  return { runner, jobId };
}

for (const stream of [false, true]) {
  const how = stream ? 'streamed' : 'whole';
  test(`a cancelled job's call is aborted as soon as that is told, ${how}`, async () => {
    const { runner, jobId } = await endedElsewhere(`told-${how}`, stream);
    harness.nc.publish(jobCancelledSubject(harness.teamId, jobId));
    await harness.until(() => harness.calls(`told-${how}`)[0]?.aborted === true);
    await harness.until(() => runner.held === 0);
    assert.deepEqual(await harness.types(jobId), ['requested', 'started', 'finished']);
  });
}

test('a call whose cancellation was not told is found by looking at the stream', async () => {
  const { runner } = await endedElsewhere('not-told', false);
  await harness.until(() => harness.calls('not-told')[0]?.aborted === true);
  await harness.until(() => runner.held === 0);
});
