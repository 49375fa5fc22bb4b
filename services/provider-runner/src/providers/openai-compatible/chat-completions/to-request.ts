import type { ChatMessage, ResponseFormat, Tool, ToolChoice } from '@sluice/contracts';
import type { WireRequest } from '../wire-request.ts';

/** The body of `POST /chat/completions` (OpenAI API reference). JSON leaves out what is undefined. */
export function completionRequest(request: WireRequest): string {
  const { model, messages, params, tools, toolChoice, responseFormat, stream } = request;
  return JSON.stringify({
    model,
    messages: messages.map((message) => messageOf(message, request)),
    temperature: params.temperature,
    top_p: params.topP,
    [request.tokenLimit]: params.maxTokens,
    presence_penalty: params.presencePenalty,
    frequency_penalty: params.frequencyPenalty,
    reasoning_effort: params.reasoningEffort,
    [request.seedName]: params.seed,
    stop: params.stop,
    tools: tools?.map(toolOf),
    tool_choice: toolChoice && toolChoiceOf(toolChoice),
    response_format: responseFormat && responseFormatOf(responseFormat),
    thinking: request.thinkingOff ? { type: 'disabled' } : undefined,
    ...(stream && { stream, stream_options: { include_usage: true } }),
  });
}

function messageOf(message: ChatMessage, { reasoningBack }: WireRequest): object {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.content };
    case 'user':
      return { role: 'user', content: contentOf(message.content) };
    case 'assistant':
      return {
        role: 'assistant',
        content: message.content ?? null,
        ...(reasoningBack && message.toolCalls?.length && { reasoning_content: reasoningOf(message) }),
        tool_calls: message.toolCalls?.map(({ id, name, ...call }) => ({
          id,
          type: 'function',
          function: { name, arguments: call.argumentsText ?? JSON.stringify(call.arguments ?? {}) },
        })),
      };
    case 'tool':
      return { role: 'tool', tool_call_id: message.toolCallId, content: contentOf(message.content) };
  }
}

/** Empty where none is known: DeepSeek and Kimi refuse a call of a thinking model without the field. */
function reasoningOf({ reasoning }: Extract<ChatMessage, { role: 'assistant' }>): string {
  return reasoning?.map(({ text }) => text).join('') ?? '';
}

type Content = Extract<ChatMessage, { role: 'user' | 'tool' }>['content'];

function contentOf(content: Content): unknown {
  if (typeof content === 'string') return content;
  return content.map((part) =>
    part.type === 'text' ? part : { type: 'image_url', image_url: { url: part.url } },
  );
}

function toolOf({ name, description, parameters, strict }: Tool): object {
  return { type: 'function', function: { name, description, parameters, strict } };
}

function toolChoiceOf(choice: ToolChoice): unknown {
  return typeof choice === 'string' ? choice : { type: 'function', function: { name: choice.name } };
}

function responseFormatOf(format: ResponseFormat): object {
  if (format.type !== 'json_schema') return { type: format.type };
  const { name, description, strict, schema } = format;
  return { type: 'json_schema', json_schema: { name, description, strict, schema } };
}
