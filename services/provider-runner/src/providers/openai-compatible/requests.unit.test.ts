import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatCall } from '../provider.ts';
import { completionRequest } from './chat-completions/to-request.ts';
import { prefersResponses } from './decide-model.ts';
import type { Variant } from './decide-variant.ts';
import { PRESETS, type Preset } from './presets.ts';
import { responsesRequest } from './responses/to-request.ts';
import { firstVariant, wireRequest } from './wire-request.ts';

const parameters = { type: 'object', properties: { city: { type: 'string' } } };

const callOf = (more: Partial<ChatCall>): ChatCall => ({
  baseUrl: 'https://models.example/v1',
  apiKey: 'plain-key-4711',
  model: 'm',
  messages: [{ role: 'user', content: 'hi' }],
  params: {},
  stream: false,
  signal: new AbortController().signal,
  onDelta: () => undefined,
  ...more,
});

/** The body as it is first sent, unless a refusal has changed something. */
function written(more: Partial<ChatCall>, preset: Preset = PRESETS.openai, changes: Partial<Variant> = {}) {
  const call = callOf(more);
  const variant = { ...firstVariant(call, preset, prefersResponses(call.model)), ...changes };
  const request = wireRequest(call, preset, variant);
  const body = variant.endpoint === 'responses' ? responsesRequest(request) : completionRequest(request);
  return { endpoint: variant.endpoint, body: JSON.parse(body) };
}

test('the request has the parameters that were given and no others', () => {
  const params = { maxTokens: 5, topP: 0.5, reasoningEffort: 'low' as const };
  const body = {
    model: 'm',
    messages: [{ role: 'user', content: 'hi' }],
    top_p: 0.5,
    max_tokens: 5,
    reasoning_effort: 'low',
  };
  assert.deepEqual(written({ params }).body, body);
  assert.deepEqual(written({ params, stream: true }).body, {
    ...body,
    stream: true,
    stream_options: { include_usage: true },
  });
});

const conversation: Partial<ChatCall> = {
  params: { seed: 7, stop: ['END'] },
  messages: [
    { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Where is this?' },
        { type: 'image', url: 'data:image/png;base64,AAAA' },
      ],
    },
    {
      role: 'assistant',
      reasoning: [{ text: 'Look.', signature: 'rs_1:sealed' }],
      toolCalls: [
        { id: 'c1', name: 'weather', arguments: { city: 'Bern' } },
        { id: 'c2', name: 'time', argumentsText: '{"zone": "UTC"}', arguments: null },
      ],
    },
    { role: 'tool', toolCallId: 'c1', content: 'rain' },
  ],
  tools: [{ name: 'weather', parameters, strict: true }],
  toolChoice: { name: 'weather' },
  responseFormat: { type: 'json_schema', name: 'place', strict: true, schema: parameters },
};

test('images, tool calls and their results, tools and the response format are written for chat completions', () => {
  assert.deepEqual(written(conversation), {
    endpoint: 'chat/completions',
    body: {
      model: 'm',
      messages: [
        { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Where is this?' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
          ],
        },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'c1', type: 'function', function: { name: 'weather', arguments: '{"city":"Bern"}' } },
            { id: 'c2', type: 'function', function: { name: 'time', arguments: '{"zone": "UTC"}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'rain' },
      ],
      seed: 7,
      stop: ['END'],
      tools: [{ type: 'function', function: { name: 'weather', parameters, strict: true } }],
      tool_choice: { type: 'function', function: { name: 'weather' } },
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'place', strict: true, schema: parameters },
      },
    },
  });
});

test('the same for responses, with the sealed reasoning', () => {
  assert.deepEqual(written({ ...conversation, model: 'gpt-5' }), {
    endpoint: 'responses',
    body: {
      model: 'gpt-5',
      input: [
        { role: 'system', content: [{ type: 'input_text', text: 'Be brief.' }] },
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'Where is this?' },
            { type: 'input_image', image_url: 'data:image/png;base64,AAAA' },
          ],
        },
        {
          type: 'reasoning',
          id: 'rs_1',
          summary: [{ type: 'summary_text', text: 'Look.' }],
          encrypted_content: 'sealed',
        },
        { type: 'function_call', call_id: 'c1', name: 'weather', arguments: '{"city":"Bern"}' },
        { type: 'function_call', call_id: 'c2', name: 'time', arguments: '{"zone": "UTC"}' },
        { type: 'function_call_output', call_id: 'c1', output: 'rain' },
      ],
      tools: [{ type: 'function', name: 'weather', parameters, strict: true }],
      tool_choice: { type: 'function', name: 'weather' },
      text: { format: { type: 'json_schema', name: 'place', strict: true, schema: parameters } },
      store: false,
      include: ['reasoning.encrypted_content'],
    },
  });
});

test('a reasoning model gets its own token limit, no sampling, and an effort that it knows', () => {
  const params = { maxTokens: 9, temperature: 0.2, topP: 0.5, reasoningEffort: 'minimal' as const };
  const { body } = written({ model: 'o3', params }, PRESETS.openai, { endpoint: 'chat/completions' });
  assert.deepEqual(body, {
    model: 'o3',
    messages: [{ role: 'user', content: 'hi' }],
    max_completion_tokens: 9,
    reasoning_effort: 'low',
  });
});

test('a refused response format is asked for in words, and so is json_object where nobody says JSON', () => {
  const refused = written({ responseFormat: conversation.responseFormat }, PRESETS.openai, {
    responseFormat: false,
  });
  assert.equal(refused.body.response_format, undefined);
  assert.match(refused.body.messages[0].content, /JSON Schema: .*"city"/);
  const object = written({ responseFormat: { type: 'json_object' } });
  assert.match(object.body.messages[0].content, /JSON document/);
  const said = written({
    messages: [{ role: 'user', content: 'as json' }],
    responseFormat: { type: 'json_object' },
  });
  assert.equal(said.body.messages.length, 1);
});

test('Ark answers structured output by responses, without thinking, and everything else by chat completions', () => {
  const ark = PRESETS.doubao_ark;
  const structured = written({ ...conversation, model: 'ep-20250101-abc' }, ark);
  assert.equal(structured.endpoint, 'responses');
  assert.deepEqual(structured.body.thinking, { type: 'disabled' });
  const plain = written({ model: 'doubao-seed-1-6' }, ark);
  assert.equal(plain.endpoint, 'chat/completions');
  assert.equal(plain.body.thinking, undefined);
});

test('DeepSeek and Kimi get the reasoning back beside tool calls, and empty where none is known', () => {
  const call = { id: 'c1', name: 'now', arguments: {} };
  const messages: ChatCall['messages'] = [
    { role: 'assistant', content: 'Hello.', reasoning: [{ text: 'Greet.' }] },
    { role: 'assistant', toolCalls: [call], reasoning: [{ text: 'Look ' }, { text: 'it up.' }] },
    { role: 'assistant', toolCalls: [call] },
  ];
  const sent = (preset: Preset) =>
    written({ messages }, preset).body.messages.map((message: object) =>
      'reasoning_content' in message ? message.reasoning_content : undefined,
    );
  assert.deepEqual(sent(PRESETS.deepseek), [undefined, 'Look it up.', '']);
  assert.deepEqual(sent(PRESETS.kimi), [undefined, 'Look it up.', '']);
  assert.deepEqual(sent(PRESETS.mistral), [undefined, undefined, undefined]);
});

test('Mistral has its own name for the seed', () => {
  const { body } = written({ params: { seed: 7 } }, PRESETS.mistral);
  assert.deepEqual([body.random_seed, body.seed], [7, undefined]);
});
