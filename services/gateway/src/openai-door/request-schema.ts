import { z } from 'zod';

/** What a profile is named by, a slash, and a model: longer ones name nothing. */
export const modelSchema = z.string().min(1).max(365);
const jsonObject = z.record(z.string(), z.unknown());

/** Parts are told apart later, so that a fault names the part. */
const content = z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]);

const toolCall = z.object({
  id: z.string(),
  type: z.literal('function', { error: 'only function calls are served' }),
  function: z.object({ name: z.string(), arguments: z.string() }),
  extra_content: z
    .object({ google: z.object({ thought_signature: z.string().optional() }).optional() })
    .nullish(),
});

const reasoningDetail = z.object({
  type: z.string(),
  text: z.string().nullish(),
  data: z.string().nullish(),
  signature: z.string().nullish(),
});

const message = z.discriminatedUnion('role', [
  z.object({ role: z.literal('developer'), content }),
  z.object({ role: z.literal('system'), content }),
  z.object({ role: z.literal('user'), content }),
  z.object({
    role: z.literal('assistant'),
    content: content.nullish(),
    refusal: z.string().nullish(),
    tool_calls: z.array(toolCall).nullish(),
    reasoning_content: z.string().nullish(),
    reasoning_details: z.array(reasoningDetail).nullish(),
    function_call: z.null({ error: 'is no longer served; use tool_calls' }).optional(),
    audio: z.null({ error: 'is not served' }).optional(),
  }),
  z.object({ role: z.literal('tool'), tool_call_id: z.string(), content }),
]);
export type RequestMessage = z.infer<typeof message>;

const tool = z.object({
  type: z.literal('function', { error: 'only function tools are served' }),
  function: z.object({
    name: z.string(),
    description: z.string().nullish(),
    parameters: jsonObject.nullish(),
    strict: z.boolean().nullish(),
  }),
});

const toolChoice = z.union([
  z.enum(['auto', 'none', 'required']),
  z.object({ type: z.literal('function'), function: z.object({ name: z.string() }) }),
]);

const responseFormat = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text') }),
  z.object({ type: z.literal('json_object') }),
  z.object({
    type: z.literal('json_schema'),
    json_schema: z.object({
      name: z.string(),
      description: z.string().nullish(),
      schema: jsonObject.nullish(),
      strict: z.boolean().nullish(),
    }),
  }),
]);

/** Fields that would change the answer's meaning, and cannot be expressed: refused unless they say nothing. */
const refused = {
  n: z.literal(1, { error: 'must be 1: one request is one job with one answer' }),
  logprobs: z.literal(false, { error: 'is not served' }),
  top_logprobs: z.literal(0, { error: 'is not served' }),
  logit_bias: z.record(z.string(), z.never({ error: 'is not served' })),
  functions: z.never({ error: 'is no longer served; use tools' }),
  function_call: z.never({ error: 'is no longer served; use tool_choice' }),
  audio: z.never({ error: 'is not served' }),
  modalities: z.array(z.literal('text', { error: 'only text is served' })),
  web_search_options: z.never({ error: 'is not served' }),
  verbosity: z.literal('medium', { error: 'only medium, the usual one, is served' }),
};
const nullish = <Shape extends z.ZodRawShape>(shape: Shape) =>
  Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name, z.nullish(schema)])) as {
    [Name in keyof Shape]: z.ZodOptional<z.ZodNullable<Shape[Name]>>;
  };

/**
 * Body of `POST /v1/chat/completions` (OpenAI API reference), bounds aside: they are those of the chat that it becomes.
 * Null means "not given", as there. What is not named here means nothing to Sluice and is ignored.
 */
export const chatRequestSchema = z
  .object({
    model: modelSchema.describe("a profile's name or id, or that, a slash, and a model of its provider"),
    messages: z.array(message).min(1),
    tools: z.array(tool).nullish(),
    tool_choice: toolChoice.nullish(),
    parallel_tool_calls: z.boolean().nullish(),
    response_format: responseFormat.nullish(),
    stream: z.boolean().nullish(),
    stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
    store: z.boolean().nullish().describe('true: the job goes on when its client leaves'),
    metadata: z.record(z.string().max(64), z.string().max(512)).nullish(),
    max_tokens: z.number().nullish(),
    max_completion_tokens: z.number().nullish(),
    temperature: z.number().nullish(),
    top_p: z.number().nullish(),
    presence_penalty: z.number().nullish(),
    frequency_penalty: z.number().nullish(),
    reasoning_effort: z.string().nullish(),
    seed: z.number().nullish(),
    stop: z.union([z.string(), z.array(z.string())]).nullish(),
    ...nullish(refused),
  })
  .refine(({ parallel_tool_calls: parallel, tools }) => parallel !== false || !tools?.length, {
    path: ['parallel_tool_calls'],
    message: 'false is not served: not every provider can be kept to one call at a time',
  });
export type ChatRequest = z.infer<typeof chatRequestSchema>;
