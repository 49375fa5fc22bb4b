import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { getJob, getProfile, type Job } from '@sluice/contracts';
import { type GatewayUnderTest, gatewayUnderTest, PROFILE } from '../testing/gateway-under-test.ts';

describe('a job that has not ended', () => {
  let gateway: GatewayUnderTest;
  before(async () => {
    gateway = await gatewayUnderTest();
    gateway.answer(getProfile, async () => PROFILE);
  });
  after(() => gateway.close());

  const chat = (headers: Record<string, string>) =>
    gateway.app.inject({
      method: 'POST',
      url: '/api/llm/chat',
      headers: { ...gateway.bearer, ...headers },
      payload: { aiProfileId: PROFILE.id, messages: [{ role: 'user', content: 'Hello' }] },
    });

  it('is answered as it stands now, to a repeated request and after a wait', async () => {
    const key = { 'idempotency-key': 'order-1' };
    const first = (await chat(key)).json<Job>();
    assert.equal(first.status, 'queued');
    assert.equal((await chat(key)).json<Job>().status, 'queued', 'what is known while jobs is away');

    gateway.answer(getJob, async ({ jobId }) => ({
      job: { ...first, id: jobId, status: 'running' as const, attempt: 1 },
    }));
    await gateway.nc.flush();
    const again = await chat(key);
    assert.equal(again.statusCode, 202);
    assert.equal(again.headers['idempotent-replayed'], 'true');
    assert.equal(again.json<Job>().id, first.id);
    assert.equal(again.json<Job>().status, 'running');

    const waited = await chat({ prefer: 'wait=0' });
    assert.equal(waited.statusCode, 202);
    assert.equal(waited.json<Job>().status, 'running');
  });
});

it('a stored job is accepted work to its caller even when the stream is lost during the wait', async () => {
  const gateway = await gatewayUnderTest();
  try {
    gateway.answer(getProfile, async () => PROFILE);
    gateway.nc.subscribe('stored.jobs.>', {
      max: 1,
      callback: () => gateway.nc.publish('$JS.API.STREAM.DELETE.JOBS'),
    });
    await gateway.nc.flush();
    const waited = await gateway.app.inject({
      method: 'POST',
      url: '/api/llm/chat',
      headers: { ...gateway.bearer, prefer: 'wait=1' },
      payload: { aiProfileId: PROFILE.id, messages: [{ role: 'user', content: 'Hello' }] },
    });
    // An error would make the caller ask again, and the work be done twice.
    assert.equal(waited.statusCode, 202);
    assert.equal(waited.json<Job>().status, 'queued');
  } finally {
    await gateway.close();
  }
});
