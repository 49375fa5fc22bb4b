import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatResult } from '@sluice/contracts';
import { createChunks } from './chunks.ts';

type Chunk = {
  choices: { delta: Record<string, unknown>; finish_reason: string | null }[];
  usage?: unknown;
};
const chunksOf = (includeUsage = false) =>
  createChunks({ jobId: 'job1', createdAt: '2026-01-01T00:00:00.000Z', model: 'm', includeUsage });
const deltasOf = (objects: object[]) => (objects as Chunk[]).map(({ choices: [choice] }) => choice?.delta);
const result: ChatResult = {
  text: '',
  reasoningText: null,
  toolCalls: [],
  json: null,
  finishReason: 'stop',
  provider: 'openai',
  model: 'm',
  usage: { inputTokens: 3, outputTokens: 4, totalTokens: null, cachedInputTokens: null, reasoningTokens: 2 },
  cost: null,
};
const ROLE = { role: 'assistant', content: '', refusal: null };

test('a call has its id, type and name once, and its arguments in pieces', () => {
  const chunks = chunksOf();
  assert.deepEqual(deltasOf(chunks.delta({ toolCalls: [{ index: 0, id: 'a', name: 'look' }] })), [
    ROLE,
    { tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'look', arguments: '' } }] },
  ]);
  const again = { index: 0, id: 'a', name: 'look', argumentsDelta: '{"at"' };
  assert.deepEqual(deltasOf(chunks.delta({ toolCalls: [again] })), [
    { tool_calls: [{ index: 0, function: { arguments: '{"at"' } }] },
  ]);
  const call = { id: 'a', name: 'look', arguments: { at: 1 }, argumentsText: '{"at":1}' };
  const signed = { ...call, signature: 'seal' };
  assert.deepEqual(deltasOf(chunks.finish({ ...result, toolCalls: [signed], finishReason: 'tool_calls' })), [
    {
      tool_calls: [
        {
          index: 0,
          function: { arguments: ':1}' },
          extra_content: { google: { thought_signature: 'seal' } },
        },
      ],
    },
    {},
  ]);
});

test('a call without arguments is given empty ones', () => {
  const chunks = chunksOf();
  chunks.delta({ toolCalls: [{ index: 0, id: 'a', name: 'look' }] });
  const call = { id: 'a', name: 'look', arguments: {}, argumentsText: '' };
  const [rest] = deltasOf(chunks.finish({ ...result, toolCalls: [call] }));
  assert.deepEqual(rest, { tool_calls: [{ index: 0, function: { arguments: '{}' } }] });
});

test('what no delta has brought stands before the finish reason; what was said is not said twice', () => {
  const whole = { ...result, text: 'Hello', reasoningText: 'Hm' };
  assert.deepEqual(deltasOf(chunksOf().finish(whole)), [
    ROLE,
    { reasoning_content: 'Hm', content: 'Hello' },
    {},
  ]);
  const chunks = chunksOf();
  chunks.delta({ reasoningText: 'Hm' });
  chunks.delta({ text: 'Hello' });
  assert.deepEqual(deltasOf(chunks.finish(whole)), [{}]);
});

test('usage comes last and alone, where it was asked for; null before', () => {
  const chunks = chunksOf(true);
  const [role] = chunks.delta({ text: 'Hello' }) as Chunk[];
  assert.equal(role?.usage, null);
  const last = (chunks.finish(result) as Chunk[]).at(-1);
  assert.deepEqual(last?.choices, []);
  assert.deepEqual(last?.usage, {
    prompt_tokens: 3,
    completion_tokens: 4,
    total_tokens: 7,
    completion_tokens_details: { reasoning_tokens: 2 },
  });
  assert.equal(
    chunksOf()
      .finish(result)
      .some((chunk) => 'usage' in chunk),
    false,
  );
});
