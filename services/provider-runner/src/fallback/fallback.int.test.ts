import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { foldJob, newId } from '@sluice/contracts';
import { type Harness, startHarness } from '../testing/runner-harness.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
afterEach(() => harness.stopRunners());
after(() => harness.close());

const PRICING = { input: 1, output: 2, currency: 'USD' };
const EVERY_FAILURE = ['status=503', 'status=402', 'status=429&retry-after=60', 'html=1'];

/** A profile by how the demo provider answers it; the fallbacks in their order. */
const profile = (query: string, ...fallbackProfileIds: string[]) =>
  harness.profile({ model: `demo?${query}`, fallbackProfileIds, pricing: PRICING });
async function jobOf(jobId: string) {
  return foldJob(await harness.events(jobId)) ?? assert.fail('no job');
}

test('after what may pass, and after an exhausted quota, a fallback answers at once, without another attempt', async () => {
  await harness.runner();
  for (const failure of EVERY_FAILURE) {
    const fallback = profile('text=second');
    const own = profile(failure, fallback);
    const jobId = await harness.request(harness.command(own, { maxAttempts: 1, stream: true }));
    const { status, result, run } = await harness.finished(jobId);
    assert.deepEqual([status, result?.text, run?.aiProfileId], ['completed', 'second', fallback], failure);
    assert.deepEqual([run?.number, run?.round, run?.reason], [2, 1, 'fallback']);
    assert.deepEqual(await harness.types(jobId), ['requested', 'started', 'retrying', 'started', 'finished']);
    const { attempts } = await jobOf(jobId);
    assert.deepEqual(
      attempts.map((one) => [one.status, one.aiProfileId, one.provider, one.model]),
      [
        ['failed', own, 'openai_compatible', `demo?${failure}`],
        ['completed', fallback, 'openai_compatible', 'demo?text=second'],
      ],
    );
    assert.equal(attempts[0]?.cost, null);
    assert.ok((attempts[1]?.cost?.amount ?? 0) > 0);
    assert.deepEqual(attempts[1]?.cost, result?.cost);
  }
});

test('fallbacks are tried in order, one that is gone or unreadable is recorded and passed over', async () => {
  await harness.runner();
  const gone = newId();
  const unreadable = harness.profile({ model: 'demo', sealedForOther: true });
  const last = profile('text=last');
  const own = profile('status=503', gone, unreadable, profile('status=500'), last);
  const jobId = await harness.request(harness.command(own, { maxAttempts: 1 }));
  assert.equal((await harness.finished(jobId)).result?.text, 'last');
  const { attempts } = await jobOf(jobId);
  assert.deepEqual(
    attempts.map((one) => one.error?.code ?? one.status),
    [
      ...['provider_overloaded', 'profile_unavailable', 'key_unreadable', 'provider_unavailable'],
      'completed',
    ],
  );
});

test('a refusal is no reason for a fallback, and neither is a failure after output was seen', async () => {
  await harness.runner();
  const fallback = profile('key=untouched&text=second');
  const refused = harness.command(profile('status=401', fallback));
  const { error } = await harness.finished(await harness.request(refused));
  assert.equal(error?.code, 'provider_authentication');
  const cut = harness.command(profile('truncate=2&times=1&key=cut&text=a%20b%20c', fallback), {
    stream: true,
  });
  const { result, run } = await harness.finished(await harness.request(cut));
  assert.deepEqual([result?.text, run?.round, run?.reason], ['a b c', 2, 'retry']);
  assert.equal(harness.calls('untouched').length, 0);
});

test('each round begins with the own profile; the job fails when all rounds have', async () => {
  await harness.runner();
  const own = profile('status=503&key=round-own', profile('status=500&key=round-second'));
  const { status, error, run } = await harness.finished(
    await harness.request(harness.command(own, { maxAttempts: 2 })),
  );
  assert.deepEqual([status, error?.code, run?.number, run?.round], ['failed', 'provider_unavailable', 4, 2]);
  assert.deepEqual([harness.calls('round-own').length, harness.calls('round-second').length], [2, 2]);
});

test('a runner that stops in the middle of a fallback leaves it to another one, which goes on there', async () => {
  const first = await harness.runner({ shutdownGraceMs: 10 });
  const fallback = profile('key=taken-over&hang=0&times=1&text=second');
  const own = profile('status=503&key=before', fallback);
  const jobId = await harness.request(harness.command(own, { maxAttempts: 1 }));
  await harness.until(() => harness.calls('taken-over').length === 1);
  await first.stop();
  await harness.runner();
  const { result, run } = await harness.finished(jobId);
  assert.deepEqual([result?.text, run?.aiProfileId, run?.reason], ['second', fallback, 'handed_back']);
  assert.equal(harness.calls('before').length, 1);
});

test('a price of zero that a profile says is a cost of zero; without a price there is none', async () => {
  await harness.runner();
  const free = harness.profile({ model: 'demo', pricing: { input: 0, output: 0, currency: 'EUR' } });
  const unknown = harness.profile({ model: 'demo' });
  const cost = async (id: string) =>
    (await harness.finished(await harness.request(harness.command(id)))).result?.cost;
  assert.deepEqual(await cost(free), { amount: 0, currency: 'EUR' });
  assert.equal(await cost(unknown), null);
});
