import { AppError, type ChatInput, chatInputSchema } from '@sluice/contracts';
import type { z } from 'zod';
import { paramPath } from './param-path.ts';
import type { ChatRequest } from './request-schema.ts';
import { toMessage } from './to-message.ts';

/** What every field of the request is in the internal form; undefined ones go when it is checked. */
type Unchecked = z.input<typeof chatInputSchema> | Record<string, unknown>;

/** A chat completion's request as the chat that it asks for. Errors: validation_failed, with the request's own path. */
export function toChatInput(request: ChatRequest): ChatInput {
  const checked = chatInputSchema.safeParse(unchecked(request));
  if (checked.success) return checked.data;
  const details = checked.error.issues.slice(0, 20).map(({ path, message }) => ({
    path: paramPath(path.map(String), request),
    message,
  }));
  const [first] = details;
  throw new AppError('validation_failed', `${first?.path}: ${first?.message}`, { details });
}

function unchecked(request: ChatRequest): Unchecked {
  const { messages, tools, tool_choice: choice, response_format: format } = request;
  const toolChoice = typeof choice === 'object' && choice !== null ? choice.function : choice;
  return given({
    messages: messages.map(toMessage),
    params: paramsOf(request),
    tools: tools?.length ? tools.map(toTool) : undefined,
    // Without tools there is nothing to choose.
    toolChoice: tools?.length ? toolChoice : undefined,
    responseFormat: format && toFormat(format),
  });
}

function paramsOf(request: ChatRequest): object | undefined {
  const { stop } = request;
  const params = given({
    temperature: request.temperature,
    topP: request.top_p,
    maxTokens: request.max_completion_tokens ?? request.max_tokens,
    presencePenalty: request.presence_penalty,
    frequencyPenalty: request.frequency_penalty,
    reasoningEffort: request.reasoning_effort,
    seed: request.seed,
    stop: typeof stop === 'string' ? [stop] : stop?.length ? stop : undefined,
  });
  return Object.keys(params).length > 0 ? params : undefined;
}

function toTool({ function: { name, description, parameters, strict } }: RequestTool): object {
  // A function that takes nothing may leave its parameters out.
  const schema = parameters ?? { type: 'object', properties: {} };
  return given({ name, description, parameters: schema, strict });
}
type RequestTool = NonNullable<ChatRequest['tools']>[number];

function toFormat(format: NonNullable<ChatRequest['response_format']>): object {
  if (format.type !== 'json_schema') return format;
  const { name, description, schema, strict } = format.json_schema;
  return given({ type: 'json_schema', name, description, schema: schema ?? {}, strict });
}

/** Null means "not given". */
function given(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null));
}
