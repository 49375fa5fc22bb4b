import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Account, type Stack, startStack } from '@sluice/testing';

let stack: Stack;
let ada: Account;
before(async () => {
  stack = await startStack();
  ada = await stack.register();
});
after(() => stack.stop());

const messages = [{ role: 'user', content: 'Hello' }];
const ask = (method: string, path: string, more: object = {}) =>
  stack.request(method, path, { token: ada.token, ...more });
const profile = (model: string) => stack.createProfile(ada.token, model);

async function until<T>(get: () => Promise<T | false | null | undefined>): Promise<T> {
  for (;;) {
    const answer = await get();
    if (answer) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const ended = async (aiProfileId: string, more: object = {}, headers: Record<string, string> = {}) => {
  const answer = await ask('POST', '/api/llm/chat', {
    body: { aiProfileId, messages, ...more },
    headers: { prefer: 'wait=30', ...headers },
  });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body;
};
const indexed = (id: string, status: string) =>
  until(async () =>
    (await ask('GET', `/api/jobs?status=${status}&limit=200`)).body.items.some(
      (job: { id: string }) => job.id === id,
    ),
  );

describe('DELETE /api/jobs/:id', () => {
  test('a finished job is gone for every reader', async () => {
    const key = { 'idempotency-key': 'deleted-1' };
    const { id } = await ended(await profile('demo'), {}, key);
    await indexed(id, 'completed');
    const answer = await ask('DELETE', `/api/jobs/${id}`);
    assert.deepEqual([answer.status, answer.body], [204, '']);
    for (const path of [`/api/jobs/${id}`, `/api/jobs/${id}/events`]) {
      assert.equal((await ask('GET', path)).status, 404, path);
    }
    assert.equal((await ask('POST', `/api/jobs/${id}/cancel`)).status, 404);
    assert.equal((await ask('POST', `/api/jobs/${id}/retry`)).status, 404);
    assert.equal((await ask('DELETE', `/api/jobs/${id}`)).status, 404);
    const { items } = (await ask('GET', '/api/jobs?limit=200')).body;
    assert.ok(!items.some((job: { id: string }) => job.id === id));
  });

  test('the idempotency key of a deleted job makes no second one', async () => {
    const aiProfileId = await profile('demo?key=deleted-key');
    const headers = { 'idempotency-key': 'deleted-2' };
    const { id } = await ended(aiProfileId, {}, headers);
    await ask('DELETE', `/api/jobs/${id}`);
    const again = await ask('POST', '/api/llm/chat', { body: { aiProfileId, messages }, headers });
    assert.deepEqual([again.status, again.body.code], [409, 'conflict']);
    assert.equal(again.body.details[0].path, 'headers.idempotency-key');
    assert.equal((await stack.providerCalls('deleted-key')).count, 1);
  });

  test('a running job is cancelled first: its call is aborted, who waits is told', async () => {
    const aiProfileId = await profile('demo?key=deleted-running&delay=60000');
    const waiting = ask('POST', '/api/llm/chat', {
      body: { aiProfileId, messages },
      headers: { prefer: 'wait=30', 'x-request-id': 'request-deleted-running' },
    });
    await until(async () => (await stack.providerCalls('deleted-running')).count === 1);
    const path = '/api/jobs?requestId=request-deleted-running';
    const { id } = await until(async () => (await ask('GET', path)).body.items[0]);
    assert.equal((await ask('DELETE', `/api/jobs/${id}`)).status, 204);
    await until(async () => (await stack.providerCalls('deleted-running')).aborted === 1);
    assert.equal((await waiting).body.status, 'cancelled');
    assert.equal((await ask('GET', `/api/jobs/${id}`)).status, 404);
  });

  test('an image goes with its job', async () => {
    const body = { kind: 'image', aiProfileId: await profile('demo'), input: { prompt: 'A fox' } };
    const made = (await ask('POST', '/api/jobs', { body, headers: { prefer: 'wait=30' } })).body;
    const { url } = made.result.images[0];
    assert.equal((await stack.raw('GET', url, { token: ada.token })).status, 200);
    assert.equal((await ask('DELETE', `/api/jobs/${made.id}`)).status, 204);
    assert.equal((await stack.raw('GET', url, { token: ada.token })).status, 404);
  });
});

describe('POST /api/jobs/:id/retry', () => {
  test('a failed job is done again as a new one, which may succeed', async () => {
    const aiProfileId = await profile('demo?key=retried&status=400&times=1&text=at%20last');
    const failed = await ended(aiProfileId, { metadata: { a: 'b' }, maxAttempts: 1 });
    assert.equal(failed.status, 'failed');
    const answer = await ask('POST', `/api/jobs/${failed.id}/retry`);
    assert.deepEqual([answer.status, answer.body.retryOf], [202, failed.id]);
    assert.equal(answer.headers.get('location'), `/api/jobs/${answer.body.id}`);
    const done = await until(async () => {
      const { body } = await ask('GET', `/api/jobs/${answer.body.id}`);
      return body.finishedAt && body;
    });
    assert.deepEqual([done.status, done.result.text, done.metadata], ['completed', 'at last', { a: 'b' }]);
    assert.equal(done.retryOf, failed.id);
    assert.deepEqual((await ask('GET', `/api/jobs/${failed.id}`)).body, failed);
    const refused = await ask('POST', `/api/jobs/${done.id}/retry`);
    assert.deepEqual([refused.status, refused.body.details[0].message], [409, 'is completed']);
  });

  test('with an Idempotency-Key it is done once', async () => {
    const failed = await ended(await profile('demo?key=retried-once&status=400'));
    const headers = { 'idempotency-key': 'retry-1' };
    const first = await ask('POST', `/api/jobs/${failed.id}/retry`, { headers });
    const again = await ask('POST', `/api/jobs/${failed.id}/retry`, { headers });
    assert.equal(again.body.id, first.body.id);
    assert.equal(again.headers.get('idempotent-replayed'), 'true');
    const other = await ended(await profile('demo?status=400'));
    const refused = await ask('POST', `/api/jobs/${other.id}/retry`, { headers });
    assert.deepEqual([refused.status, refused.body.code], [422, 'idempotency_conflict']);
  });
});

describe('POST /api/jobs/retry', () => {
  test('what the filter names is done again once', async () => {
    const aiProfileId = await profile('demo?key=many&status=400&times=3');
    const failed = [];
    for (let count = 0; count < 3; count += 1) failed.push((await ended(aiProfileId)).id);
    for (const id of failed) await indexed(id, 'failed');
    const body = { filter: { profile: aiProfileId } };
    const { status, body: made } = await ask('POST', '/api/jobs/retry', { body });
    assert.deepEqual([status, made.count, made.more], [202, 3, false]);
    assert.deepEqual(
      made.items.map(({ retryOf }: { retryOf: string }) => retryOf).toSorted(),
      failed.toSorted(),
    );
    assert.equal((await ask('POST', '/api/jobs/retry', { body })).body.count, 0);
    for (const { id } of made.items) {
      await until(async () => (await ask('GET', `/api/jobs/${id}`)).body.status === 'completed');
    }
    assert.equal((await stack.providerCalls('many')).count, 6);
  });

  test('a filter is checked as strictly as a body', async () => {
    for (const filter of [{ status: 'completed' }, { colour: 'red' }, { from: 'yesterday' }]) {
      const { status, body } = await ask('POST', '/api/jobs/retry', { body: { filter } });
      assert.deepEqual([status, body.details[0].path.startsWith('filter')], [422, true]);
    }
    assert.equal((await ask('POST', '/api/jobs/retry', { body: {} })).status, 422);
  });
});

describe('deadlines', () => {
  test('what no runner takes ends at its deadline, and never reaches a provider', async () => {
    const aiProfileId = await profile('demo?key=overdue');
    await Promise.all(
      [...stack.services]
        .filter(([name]) => name.startsWith('provider-runner'))
        .map(([, one]) => one.end('SIGKILL')),
    );
    const deadlineAt = new Date(Date.now() + 5_000).toISOString();
    const { body: queued } = await ask('POST', '/api/llm/chat', {
      body: { aiProfileId, messages, deadlineAt },
    });
    assert.equal((await ask('GET', `/api/jobs/${queued.id}`)).body.position, 1);
    const { status, error } = await until(async () => {
      const { body } = await ask('GET', `/api/jobs/${queued.id}`);
      return body.finishedAt && body;
    });
    assert.deepEqual([status, error.code], ['expired', 'deadline_exceeded']);
    stack.startRunner();
    const after = await ended(await profile('demo'));
    assert.equal(after.status, 'completed');
    assert.equal((await stack.providerCalls('overdue')).count, 0);
    const again = await ask('POST', `/api/jobs/${queued.id}/retry`);
    await until(async () => (await ask('GET', `/api/jobs/${again.body.id}`)).body.finishedAt);
  });
});
