import { framesOf } from '@sluice/testing';
import { createAnthropic } from '../providers/anthropic/adapter.ts';
import { createBedrock } from '../providers/bedrock/adapter.ts';
import { createGemini } from '../providers/gemini/adapter.ts';
import { createOpenAiCompatible } from '../providers/openai-compatible/adapter.ts';
import { PRESETS } from '../providers/openai-compatible/presets.ts';
import type { WireForm } from './conformance.ts';

const data = (event: object, name?: string): Buffer =>
  Buffer.from(`${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(event)}\n\n`);
const named = (event: { type: string }): Buffer => data(event, event.type);
const frame = (event: string, payload: object): Buffer => framesOf(JSON.stringify({ event, payload }));
const EVENT_STREAM = 'text/event-stream';

const chunk = (delta: object, finish: string | null, more: object = {}) =>
  data({ id: 'c1', model: 'm', choices: [{ index: 0, delta, finish_reason: finish }], ...more });
const openAiError = (code: string, message = 'It is so.') => ({ error: { message, type: 'error', code } });

const openAiErrors: WireForm['errors'] = [
  { status: 401, body: openAiError('invalid_api_key'), code: 'provider_authentication' },
  { status: 403, body: openAiError('forbidden'), code: 'provider_permission' },
  { status: 429, body: openAiError('insufficient_quota'), code: 'provider_quota_exceeded' },
  { status: 429, body: openAiError('rate_limit_exceeded'), code: 'provider_rate_limited' },
  { status: 400, body: openAiError('context_length_exceeded'), code: 'provider_context_too_long' },
  { status: 400, body: openAiError('content_filter'), code: 'provider_content_filtered' },
  { status: 400, body: openAiError('wrong'), code: 'provider_invalid_request' },
  { status: 404, body: openAiError('model_not_found'), code: 'provider_model_not_found' },
  { status: 503, body: openAiError('busy'), code: 'provider_overloaded' },
  { status: 500, body: openAiError('broken'), code: 'provider_unavailable' },
  { status: 504, body: {}, code: 'provider_timeout' },
];

const openAiChat: WireForm = {
  name: 'openai chat completions',
  create: (deps) => createOpenAiCompatible(PRESETS.openai, deps),
  model: 'gpt-4.1',
  streamType: EVENT_STREAM,
  opening: [chunk({ role: 'assistant', content: '' }, null)],
  text: (content, padding) => chunk({ content }, null, { obfuscation: padding }),
  ending: ({ input, output }) => [
    chunk({}, 'stop'),
    data({ id: 'c1', choices: [], usage: { prompt_tokens: input, completion_tokens: output } }),
    Buffer.from('data: [DONE]\n\n'),
  ],
  whole: (content, { input, output }) => ({
    id: 'c1',
    model: 'm',
    choices: [{ message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: { prompt_tokens: input, completion_tokens: output },
  }),
  errors: openAiErrors,
};

const response = (text: string, { input, output }: { input: number; output: number }) => ({
  id: 'r1',
  model: 'm',
  status: 'completed',
  output: [{ type: 'message', id: 'm1', content: [{ type: 'output_text', text }] }],
  usage: { input_tokens: input, output_tokens: output },
});

const openAiResponses: WireForm = {
  name: 'openai responses',
  create: (deps) => createOpenAiCompatible(PRESETS.openai, deps),
  model: 'gpt-5',
  streamType: EVENT_STREAM,
  opening: [named({ type: 'response.created' })],
  text: (delta, padding) =>
    named({ ...{ output_index: 0, delta, obfuscation: padding }, type: 'response.output_text.delta' }),
  ending: (usage) => [named({ ...{ response: response('', usage) }, type: 'response.completed' })],
  whole: response,
  errors: openAiErrors,
};

const anthropicError = (type: string, message = 'It is so.') => ({ type: 'error', error: { type, message } });
const anthropic: WireForm = {
  name: 'anthropic messages',
  create: createAnthropic,
  model: 'claude',
  streamType: EVENT_STREAM,
  opening: [
    named({
      ...{ message: { type: 'message', id: 'm1', content: [], stop_reason: null } },
      type: 'message_start',
    }),
    named({ ...{ index: 0, content_block: { type: 'text', text: '' } }, type: 'content_block_start' }),
    named({ type: 'ping' }),
  ],
  text: (text, padding) =>
    named({ ...{ index: 0, delta: { type: 'text_delta', text }, padding }, type: 'content_block_delta' }),
  ending: ({ input, output }) => [
    named({ ...{ index: 0 }, type: 'content_block_stop' }),
    named({
      ...{ delta: { stop_reason: 'end_turn' }, usage: { input_tokens: input, output_tokens: output } },
      type: 'message_delta',
    }),
    named({ type: 'message_stop' }),
  ],
  whole: (text, { input, output }) => ({
    type: 'message',
    id: 'm1',
    model: 'm',
    content: [{ type: 'text', text }],
    stop_reason: 'end_turn',
    usage: { input_tokens: input, output_tokens: output },
  }),
  errors: [
    { status: 401, body: anthropicError('authentication_error'), code: 'provider_authentication' },
    { status: 403, body: anthropicError('permission_error'), code: 'provider_permission' },
    { status: 402, body: anthropicError('billing_error'), code: 'provider_quota_exceeded' },
    { status: 429, body: anthropicError('rate_limit_error'), code: 'provider_rate_limited' },
    {
      status: 400,
      body: anthropicError('invalid_request_error', 'prompt is too long: 9 tokens > 8 maximum'),
      code: 'provider_context_too_long',
    },
    { status: 400, body: anthropicError('invalid_request_error'), code: 'provider_invalid_request' },
    { status: 404, body: anthropicError('not_found_error'), code: 'provider_model_not_found' },
    { status: 529, body: anthropicError('overloaded_error'), code: 'provider_overloaded' },
    { status: 500, body: anthropicError('api_error'), code: 'provider_unavailable' },
    { status: 504, body: anthropicError('timeout_error'), code: 'provider_timeout' },
  ],
};

const candidate = (text: string, finishReason: string | undefined, more: object = {}) => ({
  candidates: [{ content: { role: 'model', parts: [{ text }] }, finishReason }],
  ...more,
});
const tokens = ({ input, output }: { input: number; output: number }) => ({
  usageMetadata: { promptTokenCount: input, candidatesTokenCount: output },
});
const googleError = (status: string, message = 'It is so.') => ({ error: { status, message } });
const gemini: WireForm = {
  name: 'gemini generateContent',
  create: createGemini,
  model: 'gemini',
  streamType: EVENT_STREAM,
  opening: [data({ modelVersion: 'm' })],
  text: (text, padding) => data(candidate(text, undefined, { padding })),
  ending: (usage) => [data(candidate('', 'STOP', tokens(usage)))],
  whole: (text, usage) => candidate(text, 'STOP', tokens(usage)),
  errors: [
    { status: 401, body: googleError('UNAUTHENTICATED'), code: 'provider_authentication' },
    { status: 403, body: googleError('PERMISSION_DENIED'), code: 'provider_permission' },
    { status: 429, body: googleError('RESOURCE_EXHAUSTED'), code: 'provider_rate_limited' },
    { status: 400, body: googleError('INVALID_ARGUMENT'), code: 'provider_invalid_request' },
    { status: 404, body: googleError('NOT_FOUND'), code: 'provider_model_not_found' },
    { status: 503, body: googleError('UNAVAILABLE'), code: 'provider_overloaded' },
    { status: 500, body: googleError('INTERNAL'), code: 'provider_unavailable' },
    { status: 504, body: googleError('DEADLINE_EXCEEDED'), code: 'provider_timeout' },
  ],
};

const awsError = (type: string, message = 'It is so.') => ({ __type: `com.amazonaws#${type}`, message });
const awsTokens = ({ input, output }: { input: number; output: number }) => ({
  usage: { inputTokens: input, outputTokens: output, totalTokens: input + output },
});
const bedrock: WireForm = {
  name: 'bedrock converse',
  create: createBedrock,
  model: 'amazon.nova',
  streamType: 'application/vnd.amazon.eventstream',
  opening: [frame('messageStart', { role: 'assistant' })],
  text: (text, p) => frame('contentBlockDelta', { contentBlockIndex: 0, delta: { text }, p }),
  ending: (usage) => [
    frame('contentBlockStop', { contentBlockIndex: 0 }),
    frame('messageStop', { stopReason: 'end_turn' }),
    frame('metadata', awsTokens(usage)),
  ],
  whole: (text, usage) => ({
    output: { message: { role: 'assistant', content: [{ text }] } },
    stopReason: 'end_turn',
    ...awsTokens(usage),
  }),
  errors: [
    { status: 403, body: awsError('UnrecognizedClientException'), code: 'provider_authentication' },
    { status: 403, body: awsError('AccessDeniedException'), code: 'provider_permission' },
    { status: 400, body: awsError('ServiceQuotaExceededException'), code: 'provider_quota_exceeded' },
    { status: 429, body: awsError('ThrottlingException'), code: 'provider_rate_limited' },
    {
      status: 400,
      body: awsError('ValidationException', 'Input is too long for requested model.'),
      code: 'provider_context_too_long',
    },
    { status: 400, body: awsError('ValidationException'), code: 'provider_invalid_request' },
    { status: 404, body: awsError('ResourceNotFoundException'), code: 'provider_model_not_found' },
    { status: 503, body: awsError('ServiceUnavailableException'), code: 'provider_overloaded' },
    { status: 500, body: awsError('InternalServerException'), code: 'provider_unavailable' },
    { status: 408, body: awsError('ModelTimeoutException'), code: 'provider_timeout' },
  ],
};

export const WIRE_FORMS: readonly WireForm[] = [openAiChat, openAiResponses, anthropic, gemini, bedrock];
