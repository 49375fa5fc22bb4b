import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Finished, finishedSchema } from '@sluice/contracts';
import { writtenEnd } from './end-job.ts';

const result: NonNullable<Finished['result']> = {
  text: 'hello',
  reasoningText: null,
  toolCalls: [],
  json: null,
  finishReason: 'stop',
  provider: 'openai',
  model: 'm',
  usage: null,
  cost: null,
};
const ended: Finished = {
  v: 1,
  jobId: 'job1',
  status: 'completed',
  at: '2026-11-23T12:00:00.000Z',
  lastIndex: -1,
  result,
};

function write(finished: Finished) {
  const causes: unknown[] = [];
  const { text } = writtenEnd(finished, (cause) => causes.push(cause));
  return { read: finishedSchema.parse(JSON.parse(text)), causes };
}

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}

test('an end that fits is written as it is', () => {
  assert.deepEqual(write(ended), { read: ended, causes: [] });
});

test('an end that nobody could read becomes a failure that everybody can', () => {
  const odd = Object.prototype.constructor as unknown as 'stop';
  const calls = [{ id: 'c', name: 'f', arguments: nested(100_000), argumentsText: '' }];
  const usage = {
    inputTokens: 2 ** 53,
    outputTokens: 0,
    totalTokens: 0,
    cachedInputTokens: 0,
    reasoningTokens: 0,
  };
  const many = Array.from({ length: 20 }, () => ({ path: 'x'.repeat(100_000), message: 'is wrong' }));
  const { result: _, ...unfinished } = ended;
  const error = { code: 'output_invalid' as const, message: 'no', retryable: false, details: many };
  for (const finished of [
    { ...ended, result: { ...result, finishReason: odd } },
    { ...ended, result: { ...result, toolCalls: calls } },
    { ...ended, result: { ...result, usage } },
    { ...ended, result: { ...result, embeddings: [[Number.NaN]] } },
    { ...unfinished, status: 'failed' as const, error },
  ]) {
    const { read, causes } = write(finished);
    assert.deepEqual(
      [read.status, read.error?.code, read.result],
      ['failed', 'provider_malformed', undefined],
    );
    assert.equal(causes.length, 1);
  }
});
