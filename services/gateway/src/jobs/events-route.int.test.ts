import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  type Command,
  encodePosition,
  getJobHistory,
  POSITION_END,
  POSITION_REQUESTED,
} from '@sluice/contracts';
import type { ErrorBody } from '../edge/error-answer.ts';
import { type GatewayUnderTest, gatewayUnderTest } from '../testing/gateway-under-test.ts';

const command: Command = {
  v: 1,
  jobId: 'job1',
  teamId: 'team1',
  userId: 'user1',
  kind: 'chat',
  priority: 'interactive',
  aiProfileId: 'profile1',
  requestId: 'request-1',
  traceId: '0'.repeat(32),
  gatewayId: 'gateway1',
  at: '2026-01-01T00:00:00.000Z',
  deadlineAt: null,
  maxAttempts: 3,
  stream: false,
};

describe('the events of a job', () => {
  let gateway: GatewayUnderTest;
  before(async () => {
    gateway = await gatewayUnderTest();
    gateway.answer(getJobHistory, async () => ({
      events: [{ sequence: 7, type: 'requested' as const, data: command }],
    }));
    await gateway.nc.flush();
  });
  after(() => gateway.close());

  const url = '/api/jobs/job1/events';

  it('are refused from a place that this job never had, naming where it was given', async () => {
    const otherJob = encodePosition({ ...POSITION_REQUESTED, sequence: 8, delivery: 1 });
    for (const id of ['garbage', '1-2-3', otherJob, encodePosition(POSITION_END)]) {
      const byHeader = { url, headers: { ...gateway.bearer, 'last-event-id': id } };
      const byQuery = { url: `${url}?after=${id}`, headers: gateway.bearer };
      for (const [asked, path] of [
        [byHeader, 'headers.last-event-id'],
        [byQuery, 'after'],
      ] as const) {
        const answer = await gateway.app.inject(asked);
        assert.equal(answer.statusCode, 400, `${id}: ${answer.body}`);
        assert.equal(answer.json<ErrorBody>().details?.[0]?.path, path);
      }
    }
  });

  it('open no stream for HEAD', async () => {
    const answer = await gateway.app.inject({ method: 'HEAD', url, headers: gateway.bearer });
    assert.equal(answer.statusCode, 404);
  });
});
