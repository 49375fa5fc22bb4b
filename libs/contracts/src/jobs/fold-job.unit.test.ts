import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Command, JobEvent } from './events.v1.ts';
import { foldJob } from './fold-job.ts';
import { jobSchema } from './job.ts';

const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

const command: Command = {
  v: 1,
  jobId: 'job1',
  teamId: 'team1',
  userId: 'user1',
  kind: 'chat',
  priority: 'interactive',
  aiProfileId: 'profile1',
  requestId: 'request-1',
  traceId: 'a'.repeat(32),
  gatewayId: 'gateway1',
  at: at(0),
  deadlineAt: null,
  maxAttempts: 3,
  stream: true,
};
const error = { code: 'provider_overloaded', message: 'busy', retryable: true } as const;
const run = (number: number) => ({
  attempt: { sequence: number, delivery: 1 },
  number,
  aiProfileId: 'profile1',
  runnerId: `runner${number}`,
  at: at(number),
  queueMs: number,
  ...(number > 1 && { reason: 'retry' as const }),
});
const result = {
  text: 'hello',
  reasoningText: null,
  toolCalls: [],
  json: null,
  finishReason: 'stop' as const,
  provider: 'openai',
  model: 'm',
  usage: null,
  cost: null,
};
const usageOf = (inputTokens: number, outputTokens: number) => ({
  inputTokens,
  outputTokens,
  totalTokens: inputTokens + outputTokens,
  cachedInputTokens: null,
  reasoningTokens: null,
});
const { attempt, number } = run(1);
const life: JobEvent[] = [
  { sequence: 3, type: 'requested', data: command },
  { sequence: 8, type: 'started', data: { v: 1, ...run(1) } },
  { sequence: 9, type: 'retrying', data: { v: 1, attempt, number, error, nextAttemptAt: at(5), at: at(2) } },
  { sequence: 12, type: 'due', data: command },
  { sequence: 13, type: 'started', data: { v: 1, ...run(2) } },
  {
    sequence: 20,
    type: 'finished',
    data: {
      v: 1,
      jobId: 'job1',
      status: 'completed',
      at: at(9),
      run: { ...run(2), firstTokenMs: 40 },
      lastIndex: 3,
      result,
    },
  },
];

describe('a job folded from its events', () => {
  it('records what each attempt was, of which profile, and what it used', () => {
    const spent = {
      firstTokenMs: 12,
      usage: { ...usageOf(5, 2), cacheWriteTokens: 1 },
      cost: { amount: 0.25, currency: 'USD' },
    };
    const fallback = { aiProfileId: 'profile2', error, mayPass: true };
    const events: JobEvent[] = [
      { sequence: 3, type: 'requested', data: command },
      { sequence: 4, type: 'parked', data: { v: 1, until: at(1), at: at(0) } },
      { sequence: 5, type: 'due', data: command },
      { sequence: 6, type: 'started', data: { v: 1, ...run(1), provider: 'openai', model: 'a' } },
      {
        sequence: 7,
        type: 'retrying',
        data: {
          ...{ v: 1, attempt, number, error, nextAttemptAt: at(2), at: at(2) },
          ...spent,
          next: { round: 1, fallback },
        },
      },
      { sequence: 8, type: 'started', data: { v: 1, ...run(2), aiProfileId: 'profile2' } },
      { sequence: 9, type: 'started', data: { v: 1, ...run(3), aiProfileId: 'profile2' } },
    ];
    const waiting = foldJob(events.slice(0, 2));
    assert.deepEqual([waiting?.status, waiting?.nextAttemptAt], ['waiting', at(1)]);
    const job = foldJob(events);
    assert.deepEqual(jobSchema.parse(job), job);
    assert.deepEqual(
      job?.attempts.map((one) => [one.status, one.aiProfileId, one.provider, one.model]),
      [
        ['failed', 'profile1', 'openai', 'a'],
        ['lost', 'profile2', null, null],
        ['running', 'profile2', null, null],
      ],
    );
    const [{ firstTokenMs, usage, cost } = assert.fail()] = job?.attempts ?? [];
    assert.deepEqual({ firstTokenMs, usage, cost }, spent);
  });

  it('goes through the statuses that its events say', () => {
    const statuses = life.map((_, index) => foldJob(life.slice(0, index + 1))?.status);
    assert.deepEqual(statuses, ['queued', 'running', 'waiting', 'queued', 'running', 'completed']);
  });

  it('is what its contract says, with both attempts and the result', () => {
    const job = foldJob(life);
    assert.deepEqual(jobSchema.parse(job), job);
    assert.equal(job?.attempt, 2);
    assert.deepEqual(
      job?.attempts.map((one) => [one.runnerId, one.finishedAt, one.error?.code ?? null, one.firstTokenMs]),
      [
        ['runner1', at(2), 'provider_overloaded', null],
        ['runner2', at(9), null, 40],
      ],
    );
    assert.deepEqual(job?.result, result);
    assert.equal(job?.nextAttemptAt, null);
  });

  it('does not depend on the order of the events, nor on how often they come', () => {
    const permuted = fc.shuffledSubarray(life, { minLength: life.length });
    fc.assert(
      fc.property(permuted, fc.shuffledSubarray(life), (all, again) => {
        assert.deepEqual(foldJob([...all, ...again]), foldJob(life));
        assert.deepEqual(foldJob([...again, ...all]), foldJob(life));
      }),
    );
  });

  it('ignores what stands after its end', () => {
    const late: JobEvent = { sequence: 21, type: 'started', data: { v: 1, ...run(3) } };
    assert.deepEqual(foldJob([late, ...life]), foldJob(life));
  });

  it('keeps an unusable answer once, in its own error', () => {
    const unusable = { code: 'output_invalid', message: 'no JSON', retryable: false, text: 'Hm.' } as const;
    const failed = {
      v: 1,
      jobId: 'job1',
      status: 'failed',
      at: at(9),
      lastIndex: -1,
      error: unusable,
    } as const;
    const job = foldJob([
      ...life.slice(0, 5),
      { sequence: 20, type: 'finished', data: { ...failed, run: { ...run(2), firstTokenMs: null } } },
    ]);
    assert.deepEqual(job?.error, unusable);
    const { text: _, ...shown } = unusable;
    assert.deepEqual(job?.attempts.at(-1)?.error, shown);
  });

  it('is null without its command', () => {
    assert.equal(foldJob([]), null);
    assert.equal(foldJob(life.slice(1)), null);
  });

  it('is null once it was deleted, wherever the tombstone stands among the events', () => {
    const data = { v: 1, jobId: 'job1', status: 'deleted', at: at(99), lastIndex: -1 } as const;
    const tombstone: JobEvent = { sequence: 99, type: 'finished', data };
    assert.equal(foldJob([...life, tombstone]), null);
    assert.equal(foldJob([tombstone, ...life.slice(0, 3)]), null);
  });

  it('names the job that it repeats', () => {
    const retry: JobEvent = { sequence: 3, type: 'requested', data: { ...command, retryOf: 'job0' } };
    assert.equal(foldJob([retry])?.retryOf, 'job0');
    assert.equal('retryOf' in (foldJob(life) ?? {}), false);
  });

  it('leaves the events as they were', () => {
    const before = structuredClone(life);
    foldJob(life);
    assert.deepEqual(life, before);
  });

  it('is queued again when a runner that shuts down gives it back, and the attempt does not count as failed', () => {
    const released: JobEvent = {
      sequence: 9,
      type: 'released',
      data: { v: 1, attempt, number, at: at(2) },
    };
    const job = foldJob([...life.slice(0, 2), released]);
    assert.equal(job?.status, 'queued');
    assert.deepEqual(
      [job?.attempts[0]?.status, job?.attempts[0]?.finishedAt, job?.attempts[0]?.error],
      ['handed_back', at(2), null],
    );
  });
});
