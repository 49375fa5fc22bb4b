import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { finishedSchema } from '@sluice/contracts';
import { freePort, startNatsServer } from '@sluice/embedded';
import { connect, readSubject } from '@sluice/messaging';
import { type SseEvent, type Stack, startStack, testServers } from '@sluice/testing';

const LEASE_MS = 2_000;
const chatOf = (aiProfileId: string, more: object = {}) => ({
  aiProfileId,
  messages: [{ role: 'user', content: 'Survive!' }],
  ...more,
});

/** All `finished` events of a job that the stream holds. */
async function endsOf(stack: Stack, teamId: string, jobId: string) {
  const nc = await connect({ url: stack.natsUrl, name: 'checker' });
  const messages = await readSubject(nc, 'JOBS', `jobs.interactive.${teamId}.${jobId}.finished`);
  await nc.close();
  return messages.map((message) => finishedSchema.parse(message.json()));
}

test('a runner killed in the middle of a stream: another completes the job, which ends once', async () => {
  const stack = await startStack({
    env: { JOB_LEASE_MS: String(LEASE_MS) },
    topology: { leaseMs: LEASE_MS },
  });
  try {
    const { token, teamId } = await stack.register();
    const profile = await stack.createProfile(token, 'demo?chunks=60&interval=50');
    const events: SseEvent[] = [];
    for await (const event of stack.events('POST', '/api/llm/chat', {
      token,
      body: chatOf(profile, { stream: true }),
    })) {
      events.push(event);
      if (event.event !== 'delta' || event.data.index !== 5 || event.data.attempt !== 1) continue;
      stack.startRunner();
      await stack.service('provider-runner-1' as 'provider-runner').end('SIGKILL');
    }
    const finished = events.at(-1)?.data;
    assert.equal(finished.status, 'completed');
    assert.equal(finished.attempt, 2);
    const second = events.find(({ event, data }) => event === 'started' && data.attempt === 2);
    assert.equal(second?.data.reason, 'lease_lost');
    const text = events.filter(({ data, event }) => event === 'delta' && data.attempt === 2);
    assert.equal(text.map(({ data }) => data.text).join(''), finished.result.text);
    assert.equal((await endsOf(stack, teamId, finished.id)).length, 1);
  } finally {
    await stack.stop();
  }
});

test('a runner that is told to stop hands its job back, at no cost of an attempt', async () => {
  const stack = await startStack({ env: { SHUTDOWN_GRACE_MS: '200' } });
  try {
    const { token } = await stack.register();
    const profile = await stack.createProfile(token, 'demo?delay=3000&text=done');
    const accepted = await stack.request('POST', '/api/llm/chat', {
      token,
      body: chatOf(profile, { maxAttempts: 1 }),
    });
    const events: SseEvent[] = [];
    for await (const event of stack.events('GET', `/api/jobs/${accepted.body.id}/events`, { token })) {
      events.push(event);
      if (event.event !== 'started' || event.data.attempt !== 1) continue;
      const { code } = await stack.service('provider-runner-1' as 'provider-runner').end('SIGTERM');
      assert.equal(code, 0);
      stack.startRunner();
    }
    assert.equal(events.at(-1)?.data.status, 'completed');
    assert.equal(events.filter(({ event }) => event === 'started').at(-1)?.data.reason, 'handed_back');
  } finally {
    await stack.stop();
  }
});

test('nats-server restarted with work queued: nothing is lost, nothing runs twice', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-restart-'));
  const { natsBinary: binary } = await testServers();
  const port = await freePort();
  let nats = await startNatsServer({ binary, dataDir, port });
  const stack = await startStack({ natsUrl: nats.url, runners: 0 });
  try {
    const { token } = await stack.register();
    const profile = await stack.createProfile(token, 'demo?key=queued');
    const accepted = await Promise.all(
      Array.from({ length: 30 }, () =>
        stack.request('POST', '/api/llm/chat', { token, body: chatOf(profile) }),
      ),
    );
    assert.deepEqual(new Set(accepted.map(({ status }) => status)), new Set([202]));
    await nats.kill9();
    nats = await startNatsServer({ binary, dataDir, port });
    await stack.ready();
    stack.startRunner();
    for (const { body } of accepted) {
      let last: SseEvent | undefined;
      for await (const event of stack.events('GET', `/api/jobs/${body.id}/events`, { token })) last = event;
      assert.equal(last?.data.status, 'completed');
      assert.equal(last?.data.attempt, 1);
    }
    const calls = await stack.providerCalls('queued');
    assert.equal(calls.count, 30);
  } finally {
    await stack.stop();
    await nats.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
});

test('every service ends in order on SIGTERM', async () => {
  const stack = await startStack();
  const ends = await Promise.all([...stack.services.values()].map((service) => service.end('SIGTERM')));
  assert.deepEqual(
    ends.map(({ code }) => code),
    ends.map(() => 0),
  );
  await stack.stop();
});
