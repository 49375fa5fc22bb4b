import type { ChatMessage, ResponseFormat, Tool, ToolChoice } from '@sluice/contracts';
import { isReasoningFamily } from '../decide-model.ts';
import type { WireRequest } from '../wire-request.ts';

/**
 * The body of `POST /responses` (OpenAI API reference). The API has no seed, no stop texts and no penalties. Nothing is
 * stored at the provider: reasoning comes back sealed instead, to be sent again with the conversation.
 */
export function responsesRequest(request: WireRequest): string {
  const { model, messages, params, tools, toolChoice, responseFormat, stream } = request;
  return JSON.stringify({
    model,
    input: messages.flatMap(itemsOf),
    temperature: params.temperature,
    top_p: params.topP,
    max_output_tokens: params.maxTokens,
    reasoning: params.reasoningEffort && { effort: params.reasoningEffort },
    tools: tools?.map(toolOf),
    tool_choice: toolChoice && toolChoiceOf(toolChoice),
    text: responseFormat && { format: formatOf(responseFormat) },
    thinking: request.thinkingOff ? { type: 'disabled' } : undefined,
    store: false,
    ...(isReasoningFamily(request.family) && { include: ['reasoning.encrypted_content'] }),
    ...(stream && { stream }),
  });
}

function itemsOf(message: ChatMessage): object[] {
  switch (message.role) {
    case 'system':
      return [{ role: 'system', content: inputOf(message.content) }];
    case 'user':
      return [{ role: 'user', content: inputOf(message.content) }];
    case 'assistant':
      return [
        ...(message.reasoning ?? []).flatMap(({ text, signature }) => reasoningItem(text, signature)),
        ...textItems(message.content),
        ...(message.toolCalls ?? []).map(({ id, name, ...call }) => ({
          type: 'function_call',
          call_id: id,
          name,
          arguments: call.argumentsText ?? JSON.stringify(call.arguments ?? {}),
        })),
      ];
    case 'tool':
      return [
        { type: 'function_call_output', call_id: message.toolCallId, output: inputOf(message.content) },
      ];
  }
}

/** The seal is the item's id and what the provider encrypted, as `sealOf` joined them. */
function reasoningItem(text: string, signature: string | undefined): object[] {
  const [, id, encrypted] = /^(rs_[\w-]+):(.+)$/s.exec(signature ?? '') ?? [];
  if (id === undefined) return [];
  const summary = text === '' ? [] : [{ type: 'summary_text', text }];
  return [{ type: 'reasoning', id, summary, encrypted_content: encrypted }];
}

export function sealOf(id: string, encrypted: string): string {
  return `${id}:${encrypted}`;
}

function textItems(content: Extract<ChatMessage, { role: 'assistant' }>['content']): object[] {
  if (content === undefined || content === null || content.length === 0) return [];
  const texts = typeof content === 'string' ? [content] : content.map(({ text }) => text);
  return [{ role: 'assistant', content: texts.map((text) => ({ type: 'output_text', text })) }];
}

function inputOf(content: Extract<ChatMessage, { role: 'user' | 'tool' | 'system' }>['content']): unknown {
  if (typeof content === 'string') return content;
  return content.map((part) =>
    part.type === 'text'
      ? { type: 'input_text', text: part.text }
      : { type: 'input_image', image_url: part.url },
  );
}

/** The API enforces the schema unless it is told not to; what the caller did not ask for is not enforced. */
function toolOf({ name, description, parameters, strict = false }: Tool): object {
  return { type: 'function', name, description, parameters, strict };
}

function toolChoiceOf(choice: ToolChoice): unknown {
  return typeof choice === 'string' ? choice : { type: 'function', name: choice.name };
}

function formatOf(format: ResponseFormat): object {
  if (format.type !== 'json_schema') return { type: format.type };
  const { name, description, strict, schema } = format;
  return { type: 'json_schema', name, description, strict, schema };
}
