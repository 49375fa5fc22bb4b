import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { BREAKERS_STREAM, circuitSchema, newId } from '@sluice/contracts';
import { readSubject } from '@sluice/messaging';
import { createLogger } from '@sluice/telemetry';
import { type Harness, startHarness } from '../testing/runner-harness.ts';
import { createBreaker } from './breaker.ts';
import { createCircuitStore } from './circuit-store.ts';

const log = createLogger({ service: 'test', level: 'silent' });
const BREAKER = { failures: 3, openMs: 200 };

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
afterEach(() => harness.stopRunners());
after(() => harness.close());

/** As every runner has one, all over one NATS. */
async function breakerOf(limits = { ...BREAKER, openMs: 1, probeMs: 60_000 }) {
  const circuits = await createCircuitStore({ nc: harness.nc, log });
  return { circuits, breaker: createBreaker({ circuits, log }, limits) };
}

test('failures at several runners are counted together, and open the circuit for all of them', async () => {
  const [one, two, three] = await Promise.all([
    breakerOf({ ...BREAKER, openMs: 60_000, probeMs: 1 }),
    breakerOf({ ...BREAKER, openMs: 60_000, probeMs: 1 }),
    breakerOf({ ...BREAKER, openMs: 60_000, probeMs: 1 }),
  ]);
  const circuit = newId();
  for (const { breaker } of [one, two, one]) {
    const admission = await breaker.admit(circuit, newId());
    assert.ok(admission.admitted);
    breaker.report(admission.pass, 'provider_unavailable');
  }
  await harness.until(() => (three.circuits.get(circuit)?.openUntil ?? null) !== null);
  assert.equal((await three.breaker.admit(circuit, newId())).admitted, false);
  const late = await breakerOf({ ...BREAKER, openMs: 60_000, probeMs: 1 });
  assert.equal((await late.breaker.admit(circuit, newId())).admitted, false, 'known from the start');
  for (const { circuits } of [one, two, three, late]) circuits.close();
});

test('of all the calls that would try an open circuit after its time one does', async () => {
  const all = await Promise.all([breakerOf(), breakerOf(), breakerOf()]);
  const [{ breaker } = assert.fail()] = all;
  const circuit = newId();
  for (let failed = 0; failed < BREAKER.failures; failed += 1) {
    breaker.report({ circuit, jobId: newId(), probe: false }, 'provider_overloaded');
  }
  await harness.until(() => all.every(({ circuits }) => circuits.get(circuit)?.openUntil != null));
  const ask = () =>
    Promise.all(
      Array.from(
        { length: 30 },
        (_, index) => all[index % 3]?.breaker.admit(circuit, newId()) ?? assert.fail(),
      ),
    );
  const admitted = (await ask()).filter((one) => one.admitted);
  assert.equal(admitted.length, 1);
  const [probe = assert.fail()] = admitted;
  assert.ok(probe.admitted && probe.pass.probe);
  breaker.report(probe.pass, null);
  await harness.until(() => all.every(({ circuits }) => circuits.get(circuit)?.openUntil == null));
  assert.ok((await ask()).every((one) => one.admitted));
  for (const { circuits } of all) circuits.close();
});

test('jobs of a provider that is down wait without using up their attempts, and are done when it is back', async () => {
  const overrides = { breaker: BREAKER, slots: 1 };
  await Promise.all([harness.runner(overrides), harness.runner(overrides)]);
  const profile = harness.profile({ model: 'demo?key=down&status=503', apiKey: 'key-of-down' });
  const jobs = await Promise.all(
    Array.from({ length: 20 }, () => harness.request(harness.command(profile, { maxAttempts: 9 }))),
  );
  const parked = async (jobId: string) => (await harness.types(jobId)).includes('parked');
  await harness.until(async () => (await Promise.all(jobs.map(parked))).every(Boolean));
  const circuits = await readSubject(harness.nc, BREAKERS_STREAM, 'breakers.*');
  const { failures } = circuitSchema.parse(circuits.at(-1)?.json());
  // One call more may have been under way at the other runner when the circuit opened.
  assert.ok(harness.calls('down').length <= failures + 1, `${harness.calls('down').length} calls`);
  await harness.changeProfile(profile, { model: 'demo?key=up&text=back', apiKey: 'key-of-down' });
  for (const jobId of jobs) assert.equal((await harness.finished(jobId)).result?.text, 'back');
  assert.equal(harness.calls('up').length, 20);
});

test('while it is open a fallback is used at once; another key of the same provider is not concerned', async () => {
  await harness.runner({ breaker: { failures: 1, openMs: 60_000 } });
  const other = harness.profile({ model: 'demo?text=second', apiKey: 'another-key' });
  const own = harness.profile({
    model: 'demo?key=opened&status=503',
    apiKey: 'key-that-opens',
    fallbackProfileIds: [other],
  });
  for (const [number, reason] of [
    [2, 'fallback'],
    [1, 'fallback'],
  ] as const) {
    const command = harness.command(own, { maxAttempts: 1 });
    const { result, run } = await harness.finished(await harness.request(command));
    assert.deepEqual([result?.text, run?.number, run?.reason], ['second', number, reason]);
  }
  assert.equal(harness.calls('opened').length, 1);
});

test('a deadline ends a job that waits for its provider', async () => {
  await harness.runner({ breaker: { failures: 1, openMs: 60_000 } });
  const profile = harness.profile({ model: 'demo?key=late&status=503', apiKey: 'key-of-late' });
  await harness.finished(await harness.request(harness.command(profile, { maxAttempts: 1 })));
  const deadlineAt = new Date(Date.now() + 1000).toISOString();
  const jobId = await harness.request(harness.command(profile, { deadlineAt }));
  const { status, error } = await harness.finished(jobId);
  assert.deepEqual([status, error?.code], ['expired', 'deadline_exceeded']);
  assert.deepEqual(await harness.types(jobId), ['requested', 'parked', 'due', 'finished']);
  assert.equal(harness.calls('late').length, 1);
});
