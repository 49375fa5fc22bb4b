import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '@sluice/contracts';
import { chatRequestSchema } from './request-schema.ts';
import { toChatInput } from './to-chat-input.ts';

const user = { role: 'user', content: 'Hello' };
const inputOf = (change: object) =>
  toChatInput(chatRequestSchema.parse({ model: 'm', messages: [user], ...change }));
const refusedAt = (change: object, path: string) =>
  assert.throws(
    () => inputOf(change),
    (error) => error instanceof AppError && error.details?.[0]?.path === path,
  );

test('null and what says nothing are not given', () => {
  const nothing = {
    temperature: null,
    tools: [],
    stop: [],
    tool_choice: 'auto',
    response_format: null,
    n: null,
  };
  assert.deepEqual(inputOf(nothing), { messages: [user] });
  assert.deepEqual(inputOf({ max_tokens: 5, max_completion_tokens: 7 }).params, { maxTokens: 7 });
});

test('what a provider wants back reaches it unread', () => {
  const call = {
    ...{ id: 'a', type: 'function', function: { name: 'look', arguments: '{}' } },
    extra_content: { google: { thought_signature: 'seal' } },
  };
  const details = [
    { type: 'reasoning.text', text: 'Hm', signature: 'signed' },
    { type: 'reasoning.encrypted', data: 'sealed' },
    { type: 'reasoning.summary', summary: 'of another server' },
  ];
  const answer = {
    role: 'assistant',
    content: null,
    refusal: null,
    tool_calls: [call],
    reasoning_details: details,
  };
  const tool = { role: 'tool', tool_call_id: 'a', content: 'A gate.' };
  const { messages } = inputOf({ messages: [user, answer, tool] });
  assert.deepEqual(messages[1], {
    role: 'assistant',
    content: null,
    toolCalls: [{ id: 'a', name: 'look', argumentsText: '{}', signature: 'seal' }],
    reasoning: [
      { text: 'Hm', signature: 'signed' },
      { text: '', signature: 'sealed', redacted: true },
    ],
  });
});

test('reasoning comes back as a text too, unless its details are there', () => {
  const reasoningOf = (more: object) => {
    const answer = { role: 'assistant', content: 'Yes.', reasoning_content: 'Hm', ...more };
    const [, message] = inputOf({ messages: [user, answer] }).messages;
    return message?.role === 'assistant' ? message.reasoning : undefined;
  };
  assert.deepEqual(reasoningOf({}), [{ text: 'Hm' }]);
  assert.equal(reasoningOf({ reasoning_content: '' }), undefined);
  const signed = { type: 'reasoning.text', text: 'Hm', signature: 'signed' };
  assert.deepEqual(reasoningOf({ reasoning_details: [signed] }), [{ text: 'Hm', signature: 'signed' }]);
});

test('a fault has the path that the request has', () => {
  refusedAt({ top_p: 2 }, 'top_p');
  refusedAt({ max_tokens: 0 }, 'max_tokens');
  refusedAt({ max_completion_tokens: 0 }, 'max_completion_tokens');
  refusedAt(
    { messages: [user, { role: 'tool', tool_call_id: '', content: 'x' }] },
    'messages.1.tool_call_id',
  );
  const format = { type: 'json_schema', json_schema: { name: 'a b', schema: {} } };
  refusedAt({ response_format: format }, 'response_format.json_schema.name');
});
