import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatCall } from '../provider.ts';
import { messagesRequest } from './to-request.ts';

const parameters = { type: 'object', properties: { city: { type: 'string' } } };
const PIXEL = 'data:image/png;base64,AAAA';
const IMAGE = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } };
const CALL = { id: 'c1', name: 'weather', arguments: { city: 'Bern' } };

/** The body as it is sent. */
const written = (more: Partial<ChatCall>) =>
  JSON.parse(
    messagesRequest({
      baseUrl: 'https://models.example',
      apiKey: 'plain-key-4711',
      model: 'claude-sonnet-4-5',
      messages: [{ role: 'user', content: 'hi' }],
      params: {},
      stream: false,
      signal: new AbortController().signal,
      onDelta: () => undefined,
      ...more,
    }),
  );

test('the parameters that were given are sent under their names, and no others', () => {
  const bare = {
    model: 'claude-sonnet-4-5',
    max_tokens: 8192,
    messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
  };
  assert.deepEqual(written({}), bare);
  const params = { maxTokens: 5, temperature: 1.5, topP: 0.9, stop: ['END'], seed: 7 };
  assert.deepEqual(written({ params, stream: true }), {
    ...bare,
    max_tokens: 5,
    temperature: 1,
    top_p: 0.9,
    stop_sequences: ['END'],
    stream: true,
  });
});

test('system texts stand apart, images are blocks, and one side speaks in one turn', () => {
  const { system, messages } = written({
    messages: [
      { role: 'system', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Where is this?' },
          { type: 'image', url: PIXEL },
          { type: 'image', url: 'https://pictures.example/a.png' },
        ],
      },
      { role: 'user', content: 'And when?' },
      { role: 'system', content: [{ type: 'text', text: 'No lists.' }] },
    ],
  });
  assert.equal(system, 'Be brief.\n\nNo lists.');
  assert.deepEqual(messages, [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Where is this?' },
        IMAGE,
        { type: 'image', source: { type: 'url', url: 'https://pictures.example/a.png' } },
        { type: 'text', text: 'And when?' },
      ],
    },
  ]);
});

test('tools are sent with their schema, and each choice in its form', () => {
  const tools = [{ name: 'weather', description: 'Tells it', parameters }];
  assert.deepEqual(written({ tools }).tools, [
    { name: 'weather', description: 'Tells it', input_schema: parameters },
  ]);
  const chosen = (toolChoice: NonNullable<ChatCall['toolChoice']>) =>
    written({ tools, toolChoice }).tool_choice;
  assert.deepEqual(chosen('auto'), { type: 'auto' });
  assert.deepEqual(chosen('none'), { type: 'none' });
  assert.deepEqual(chosen('required'), { type: 'any' });
  assert.deepEqual(chosen({ name: 'weather' }), { type: 'tool', name: 'weather' });
});

test('calls go back with their input, their results in one turn under the ids of the calls', () => {
  const { messages } = written({
    messages: [
      {
        role: 'assistant',
        content: 'Let me see.',
        toolCalls: [
          CALL,
          { id: 'c2', name: 'weather', argumentsText: '{"city":"Chur"}' },
          { id: 'c3', name: 'weather', argumentsText: '{"ci' },
        ],
      },
      { role: 'tool', toolCallId: 'c1', content: 'rain' },
      {
        role: 'tool',
        toolCallId: 'c2',
        content: [
          { type: 'text', text: 'sun' },
          { type: 'image', url: PIXEL },
        ],
      },
      { role: 'user', content: 'So?' },
    ],
  });
  assert.deepEqual(messages, [
    {
      role: 'assistant',
      content: [
        { type: 'text', text: 'Let me see.' },
        { type: 'tool_use', id: 'c1', name: 'weather', input: { city: 'Bern' } },
        { type: 'tool_use', id: 'c2', name: 'weather', input: { city: 'Chur' } },
        { type: 'tool_use', id: 'c3', name: 'weather', input: {} },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'c1', content: [{ type: 'text', text: 'rain' }] },
        { type: 'tool_result', tool_use_id: 'c2', content: [{ type: 'text', text: 'sun' }, IMAGE] },
        { type: 'text', text: 'So?' },
      ],
    },
  ]);
});

const reasoned = (reasoning: { text: string; signature?: string; redacted?: boolean }[]) =>
  written({ messages: [{ role: 'assistant', content: 'Four.', reasoning }] }).messages[0].content;

test('sealed and redacted reasoning goes back before the answer, unsealed reasoning does not', () => {
  const content = reasoned([
    { text: 'Two and two.', signature: 'c2Vh/+w=' },
    { text: '', signature: 'ZGF0YQ==', redacted: true },
    { text: 'Unsealed.' },
  ]);
  assert.deepEqual(content, [
    { type: 'thinking', thinking: 'Two and two.', signature: 'c2Vh/+w=' },
    { type: 'redacted_thinking', data: 'ZGF0YQ==' },
    { type: 'text', text: 'Four.' },
  ]);
});

test("other vendors' seals stay behind", () => {
  const content = reasoned([
    { text: 'Look.', signature: 'rs_abc:ENC' },
    { text: 'Look.', signature: '{"signature":"c2VhbA=="}' },
    { text: '', signature: '{"redactedData":"x"}', redacted: true },
    { text: '', signature: 'dGhvdWdodA==' },
  ]);
  assert.deepEqual(content, [{ type: 'text', text: 'Four.' }]);
});

test('effort is a budget for older models, and adaptive thinking for newer ones, which take no sampling', () => {
  const params = { reasoningEffort: 'medium' as const, temperature: 0.2, topP: 0.5, maxTokens: 100 };
  const older = written({ params });
  assert.deepEqual(older.thinking, { type: 'enabled', budget_tokens: 8192 });
  assert.equal(older.max_tokens, 8292);
  assert.equal(older.output_config, undefined);
  const newer = written({ params, model: 'claude-opus-4-7' });
  assert.deepEqual(newer.thinking, { type: 'adaptive', display: 'summarized' });
  assert.deepEqual(newer.output_config, { effort: 'medium' });
  assert.equal(newer.max_tokens, 100);
  const calm = written({ params: { temperature: 0.2, topP: 0.5 }, model: 'claude-opus-4-7' });
  for (const body of [older, newer, calm]) {
    assert.equal(body.temperature, undefined);
    assert.equal(body.top_p, undefined);
  }
});

test('there is no thinking beside a tool that must be called', () => {
  const tools = [{ name: 'weather', parameters }];
  const params = { reasoningEffort: 'high' as const };
  for (const model of ['claude-sonnet-4-5', 'claude-opus-4-7']) {
    for (const toolChoice of ['required', { name: 'weather' }] as const) {
      assert.equal(written({ model, params, tools, toolChoice }).thinking, undefined);
    }
    for (const toolChoice of ['auto', 'none'] as const) {
      assert.notEqual(written({ model, params, tools, toolChoice }).thinking, undefined);
    }
  }
});

test('JSON is asked for in words', () => {
  const { messages, system, ...body } = written({
    responseFormat: { type: 'json_schema', name: 'place', strict: true, schema: parameters },
  });
  assert.match(JSON.stringify({ system, messages }), /JSON Schema: .*city/);
  assert.deepEqual(body, { model: 'claude-sonnet-4-5', max_tokens: 8192 });
});
