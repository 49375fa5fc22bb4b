import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Account, type Stack, startStack } from '@sluice/testing';

let stack: Stack;
let ada: Account;
before(async () => {
  stack = await startStack({ runners: 2 });
  ada = await stack.register();
});
after(() => stack.stop());

/** A chat whose provider would answer only after a minute; `label` tells its calls apart. */
async function chatOf(label: string, more: object = {}) {
  const aiProfileId = await stack.createProfile(ada.token, `demo?key=${label}&delay=60000`);
  return { aiProfileId, messages: [{ role: 'user', content: 'Take your time.' }], ...more };
}

async function until<T>(ask: () => Promise<T | false | null | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const called = (label: string) => until(async () => (await stack.providerCalls(label)).count === 1);
const aborted = (label: string) => until(async () => (await stack.providerCalls(label)).aborted === 1);
const jobOf = async (id: string) =>
  (await stack.request('GET', `/api/jobs/${id}`, { token: ada.token })).body;
/** The job of a request whose answer is not there yet. */
const madeBy = (requestId: string) =>
  until(async () => {
    const path = `/api/jobs?requestId=${requestId}`;
    return (await stack.request('GET', path, { token: ada.token })).body.items[0]?.id as string | undefined;
  });
const cancel = (id: string) => stack.request('POST', `/api/jobs/${id}/cancel`, { token: ada.token });

test('a running job is cancelled: its call is aborted, who waits is told, and no other end follows', async () => {
  const waiting = stack.request('POST', '/api/llm/chat', {
    token: ada.token,
    body: await chatOf('cancelled'),
    headers: { prefer: 'wait=30', 'x-request-id': 'request-cancelled' },
  });
  await called('cancelled');
  const answer = await cancel(await madeBy('request-cancelled'));
  assert.equal(answer.status, 200);
  assert.deepEqual([answer.body.status, answer.body.result, answer.body.error], ['cancelled', null, null]);
  await aborted('cancelled');
  const waited = await waiting;
  assert.deepEqual([waited.status, waited.body.status], [200, 'cancelled']);
  const again = await cancel(waited.body.id);
  assert.equal(again.status, 409);
  assert.deepEqual(again.body.details, [{ path: 'status', message: 'is cancelled' }]);
});

test('a job that waits for its next attempt is cancelled, and not attempted again', async () => {
  const aiProfileId = await stack.createProfile(ada.token, 'demo?key=waiting&status=503&retry-after=2');
  const messages = [{ role: 'user', content: 'Hello' }];
  const { body } = await stack.request('POST', '/api/llm/chat', {
    token: ada.token,
    body: { aiProfileId, messages },
  });
  await until(async () => (await jobOf(body.id)).status === 'waiting');
  assert.equal((await cancel(body.id)).body.status, 'cancelled');
  // One that is made later, and waits as long, is attempted again: the time has passed for both.
  const later = await stack.createProfile(ada.token, 'demo?key=later&status=503&retry-after=2&times=1');
  const done = await stack.request('POST', '/api/llm/chat', {
    token: ada.token,
    body: { aiProfileId: later, messages },
    headers: { prefer: 'wait=30' },
  });
  assert.equal(done.body.status, 'completed');
  assert.equal((await stack.providerCalls('waiting')).count, 1);
});

test('a client that streams and leaves ends its job where it asked for that', async () => {
  const leaving = new AbortController();
  const body = await chatOf('left-stream', { stream: true, onDisconnect: 'cancel' });
  let jobId = '';
  await assert.rejects(async () => {
    const { signal } = leaving;
    for await (const { event, data } of stack.events('POST', '/api/llm/chat', {
      token: ada.token,
      body,
      signal,
    })) {
      jobId = data.jobId;
      if (event !== 'started') continue;
      await called('left-stream');
      leaving.abort();
    }
  });
  await aborted('left-stream');
  await until(async () => (await jobOf(jobId)).status === 'cancelled');
});

test('a client that waits and leaves ends its job where it asked for that, by POST /api/jobs too', async () => {
  const { aiProfileId, messages } = await chatOf('left-wait');
  const leaving = new AbortController();
  const asked = stack.request('POST', '/api/jobs', {
    token: ada.token,
    body: { kind: 'chat', aiProfileId, input: { messages }, onDisconnect: 'cancel' },
    headers: { prefer: 'wait=30' },
    signal: leaving.signal,
  });
  await called('left-wait');
  leaving.abort();
  await assert.rejects(asked);
  await aborted('left-wait');
});

test('by default a job goes on without its client', async () => {
  const aiProfileId = await stack.createProfile(ada.token, 'demo?key=goes-on&delay=1500&text=still%20here');
  const leaving = new AbortController();
  const asked = stack.request('POST', '/api/llm/chat', {
    token: ada.token,
    body: { aiProfileId, messages: [{ role: 'user', content: 'Hello' }] },
    headers: { prefer: 'wait=30', 'x-request-id': 'request-goes-on' },
    signal: leaving.signal,
  });
  await called('goes-on');
  leaving.abort();
  await assert.rejects(asked);
  const jobId = await madeBy('request-goes-on');
  const job = await until(async () => {
    const found = await jobOf(jobId);
    return found.finishedAt && found;
  });
  assert.deepEqual([job.status, job.result.text], ['completed', 'still here']);
});
