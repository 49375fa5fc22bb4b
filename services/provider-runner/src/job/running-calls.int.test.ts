import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { jobCancelledSubject, newId, subjectsOf, topologyOf } from '@sluice/contracts';
import { applyTopology, connect, type NatsConnection, publishStored } from '@sluice/messaging';
import { createLogger } from '@sluice/telemetry';
import { testNats } from '@sluice/testing';
import { createRunningCalls, STOPPED } from './running-calls.ts';

const log = createLogger({ service: 'test', level: 'silent' });
const subjects = subjectsOf('jobs');
const NEVER_MS = 3_600_000;
const teamId = newId();

let nc: NatsConnection;
before(async () => {
  nc = await connect({ ...(await testNats()), name: 'running-calls-test' });
  await applyTopology(nc, topologyOf({ jobsMaxBytes: 16 << 20 }));
});
after(() => nc.close());

const aborted = (signal: AbortSignal) =>
  new Promise<unknown>((resolve) => signal.addEventListener('abort', () => resolve(signal.reason)));

test('what is told of one job aborts its call and no other', async () => {
  const calls = createRunningCalls({ nc, subjects, log, lookEveryMs: NEVER_MS });
  const [one, other] = [newId(), newId()].map((jobId) => ({ jobId, ...calls.open({ teamId, jobId }) }));
  assert.ok(one && other);
  const sameIdElsewhere = calls.open({ teamId: newId(), jobId: one.jobId });
  const reason = aborted(one.control.signal);
  nc.publish(jobCancelledSubject(teamId, one.jobId));
  assert.equal(await reason, STOPPED.ended);
  assert.equal(other.control.signal.aborted, false);
  assert.equal(sameIdElsewhere.control.signal.aborted, false);
  for (const call of [one, other, sameIdElsewhere]) call.close();
  assert.equal(calls.size, 0);
  calls.close();
});

test('what is not told is found in the stream', async () => {
  const calls = createRunningCalls({ nc, subjects, log, lookEveryMs: 10 });
  const jobId = newId();
  const { control, close } = calls.open({ teamId, jobId });
  const reason = aborted(control.signal);
  await publishStored(nc, { subject: subjects.event('interactive', teamId, jobId, 'finished'), body: '{}' });
  assert.equal(await reason, STOPPED.ended);
  close();
  calls.close();
});
