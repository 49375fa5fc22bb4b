import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatCall } from '../provider.ts';
import { generateRequest } from './to-request.ts';

const parameters = { type: 'object', properties: { city: { type: 'string' } } };
const PIXEL = 'data:image/png;base64,AAAA';
const inlineData = { mimeType: 'image/png', data: 'AAAA' };

/** The body as it is sent. */
const written = (more: Partial<ChatCall>) =>
  JSON.parse(
    generateRequest({
      baseUrl: 'https://models.example/v1beta',
      apiKey: 'plain-key-4711',
      model: 'gemini-2.5-flash',
      messages: [{ role: 'user', content: 'hi' }],
      params: {},
      stream: false,
      signal: new AbortController().signal,
      onDelta: () => undefined,
      ...more,
    }),
  );
const CALL = { id: 'c1', name: 'weather', arguments: { city: 'Bern' } };

test('the parameters that were given are sent under their names, and no others', () => {
  assert.deepEqual(written({}), {
    contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
    generationConfig: {},
  });
  const sampling = { temperature: 0.5, topP: 0.9, seed: 7, presencePenalty: 0.1, frequencyPenalty: 0.2 };
  const { generationConfig } = written({ params: { ...sampling, maxTokens: 5, stop: ['END'] } });
  assert.deepEqual(generationConfig, { ...sampling, maxOutputTokens: 5, stopSequences: ['END'] });
});

test('system texts are the instruction, images are parts, and one side speaks in one content', () => {
  const { systemInstruction, contents } = written({
    messages: [
      { role: 'system', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Where is this?' },
          { type: 'image', url: PIXEL },
          { type: 'image', url: 'https://pictures.example/a.webp?size=1' },
          { type: 'image', url: 'https://pictures.example/b' },
        ],
      },
      { role: 'user', content: 'And when?' },
      { role: 'system', content: [{ type: 'text', text: 'No lists.' }] },
    ],
  });
  assert.deepEqual(systemInstruction, { parts: [{ text: 'Be brief.' }, { text: 'No lists.' }] });
  assert.deepEqual(contents, [
    {
      role: 'user',
      parts: [
        { text: 'Where is this?' },
        { inlineData },
        { fileData: { mimeType: 'image/webp', fileUri: 'https://pictures.example/a.webp?size=1' } },
        { fileData: { mimeType: 'image/jpeg', fileUri: 'https://pictures.example/b' } },
        { text: 'And when?' },
      ],
    },
  ]);
});

test('tools are declared, and each choice has its mode', () => {
  const tools = [{ name: 'weather', description: 'Tells it', parameters }];
  assert.deepEqual(written({ tools }).tools, [
    {
      functionDeclarations: [{ name: 'weather', description: 'Tells it', parametersJsonSchema: parameters }],
    },
  ]);
  const chosen = (toolChoice: NonNullable<ChatCall['toolChoice']>) =>
    written({ tools, toolChoice }).toolConfig.functionCallingConfig;
  assert.deepEqual(chosen('auto'), { mode: 'AUTO' });
  assert.deepEqual(chosen('none'), { mode: 'NONE' });
  assert.deepEqual(chosen('required'), { mode: 'ANY' });
  assert.deepEqual(chosen({ name: 'weather' }), { mode: 'ANY', allowedFunctionNames: ['weather'] });
});

test("results go back under their tool's name, as objects, their images beside them", () => {
  const { contents } = written({
    messages: [
      { role: 'assistant', toolCalls: [CALL, { ...CALL, id: 'c2', argumentsText: '{"city":"Chur"}' }] },
      { role: 'tool', toolCallId: 'c1', content: 'rain' },
      {
        role: 'tool',
        toolCallId: 'c2',
        content: [
          { type: 'text', text: '{"sky":"blue"}' },
          { type: 'image', url: PIXEL },
        ],
      },
    ],
  });
  assert.deepEqual(contents, [
    {
      role: 'model',
      parts: [
        { functionCall: { name: 'weather', args: { city: 'Bern' } } },
        { functionCall: { name: 'weather', args: { city: 'Chur' } } },
      ],
    },
    {
      role: 'user',
      parts: [
        { functionResponse: { name: 'weather', response: { result: 'rain' } } },
        { functionResponse: { name: 'weather', response: { sky: 'blue' } } },
        { inlineData },
      ],
    },
  ]);
});

test('thought signatures go back with the text and the call that they seal', () => {
  const { contents } = written({
    messages: [
      {
        role: 'assistant',
        content: 'Let me see.',
        reasoning: [{ text: 'Thought aloud.' }, { text: '', signature: 'c2Vh/+w=' }],
        toolCalls: [{ ...CALL, signature: 'Y2FsbA==' }],
      },
    ],
  });
  assert.deepEqual(contents[0].parts, [
    { text: 'Let me see.', thoughtSignature: 'c2Vh/+w=' },
    { functionCall: { name: 'weather', args: { city: 'Bern' } }, thoughtSignature: 'Y2FsbA==' },
  ]);
});

test("other vendors' seals stay behind", () => {
  const { contents } = written({
    messages: [
      {
        role: 'assistant',
        content: 'Let me see.',
        reasoning: [
          { text: '', signature: 'rs_abc:ENC' },
          { text: '', signature: 'ZGF0YQ==', redacted: true },
          { text: '', signature: '{"redactedData":"x"}' },
          { text: 'Thought aloud.', signature: 'c2VhbA==' },
        ],
        toolCalls: [{ ...CALL, signature: '{"signature":"x"}' }],
      },
    ],
  });
  assert.deepEqual(contents[0].parts, [
    { text: 'Let me see.' },
    { functionCall: { name: 'weather', args: { city: 'Bern' } } },
  ]);
});

test('effort is a budget, which 2.5 Pro has at least, and a level for Gemini 3', () => {
  const thinking = (model: string, reasoningEffort: NonNullable<ChatCall['params']['reasoningEffort']>) =>
    written({ model, params: { reasoningEffort } }).generationConfig.thinkingConfig;
  assert.deepEqual(thinking('gemini-2.5-flash', 'none'), { thinkingBudget: 0, includeThoughts: false });
  assert.deepEqual(thinking('gemini-2.5-flash', 'medium'), { thinkingBudget: 8192, includeThoughts: true });
  assert.deepEqual(thinking('gemini-2.5-pro', 'none'), { thinkingBudget: 128, includeThoughts: false });
  assert.deepEqual(thinking('gemini-2.5-pro', 'low'), { thinkingBudget: 1024, includeThoughts: true });
  assert.deepEqual(thinking('gemini-3-pro-preview', 'high'), {
    thinkingLevel: 'high',
    includeThoughts: true,
  });
  assert.deepEqual(thinking('gemini-3-pro-preview', 'none'), {
    thinkingLevel: 'low',
    includeThoughts: false,
  });
});

test('JSON is asked for by its media type, with the schema where there is one', () => {
  const format = (responseFormat: NonNullable<ChatCall['responseFormat']>) =>
    written({ responseFormat }).generationConfig;
  assert.deepEqual(format({ type: 'text' }), {});
  assert.deepEqual(format({ type: 'json_object' }), { responseMimeType: 'application/json' });
  assert.deepEqual(format({ type: 'json_schema', name: 'place', strict: true, schema: parameters }), {
    responseMimeType: 'application/json',
    responseJsonSchema: parameters,
  });
});
