import type { ChatMessage, ChatParams, Tool, ToolChoice } from '@sluice/contracts';
import { askInWords } from '../json-instruction.ts';
import type { ChatCall } from '../provider.ts';

/** What the API needs and a caller may leave out; the oldest models still served write no more. */
const MAX_TOKENS = 4096;

/** Tokens to think with, for each effort; 1,024 is the API's least (Extended thinking guide). */
const THINKING_TOKENS: Readonly<Record<NonNullable<ChatParams['reasoningEffort']>, number>> = {
  none: 0,
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 32_768,
};

/**
 * The body of `POST /messages`. Thinking takes its tokens beside those of the answer, and no sampling. The API has no
 * response format that all its models know: JSON is asked for in words.
 */
export function messagesRequest(call: ChatCall): string {
  const { model, params, tools, toolChoice, responseFormat, stream } = call;
  const messages = responseFormat ? askInWords(call.messages, responseFormat) : call.messages;
  const thinking = params.reasoningEffort === undefined ? 0 : THINKING_TOKENS[params.reasoningEffort];
  const system = messages.flatMap((message) => (message.role === 'system' ? [textOf(message.content)] : []));
  return JSON.stringify({
    model,
    max_tokens: (params.maxTokens ?? MAX_TOKENS) + thinking,
    system: system.length === 0 ? undefined : system.join('\n\n'),
    messages: turnsOf(messages),
    ...(thinking > 0
      ? { thinking: { type: 'enabled', budget_tokens: thinking } }
      : {
          // The API's range ends at 1.
          temperature: params.temperature === undefined ? undefined : Math.min(params.temperature, 1),
          top_p: params.topP,
        }),
    stop_sequences: params.stop,
    tools: tools?.map(toolOf),
    tool_choice: tools && toolChoice && toolChoiceOf(toolChoice),
    ...(stream && { stream }),
  });
}

type Turn = { role: 'user' | 'assistant'; content: object[] };

/** User and assistant take turns: what follows each other on one side, tool results too, is one turn. */
function turnsOf(messages: readonly ChatMessage[]): Turn[] {
  const turns: Turn[] = [];
  for (const message of messages) {
    if (message.role === 'system') continue;
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const content = blocksOf(message);
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...content);
    else turns.push({ role, content });
  }
  return turns;
}

function blocksOf(message: Exclude<ChatMessage, { role: 'system' }>): object[] {
  switch (message.role) {
    case 'user':
      return contentOf(message.content);
    case 'tool':
      return [{ type: 'tool_result', tool_use_id: message.toolCallId, content: contentOf(message.content) }];
    case 'assistant':
      return [
        ...(message.reasoning ?? []).flatMap(({ text, signature, redacted }) =>
          signature === undefined
            ? []
            : [
                redacted
                  ? { type: 'redacted_thinking', data: signature }
                  : { type: 'thinking', thinking: text, signature },
              ],
        ),
        ...(message.content?.length ? [{ type: 'text', text: textOf(message.content) }] : []),
        ...(message.toolCalls ?? []).map(({ id, name, ...call }) => ({
          type: 'tool_use',
          id,
          name,
          input: inputOf(call.argumentsText, call.arguments),
        })),
      ];
  }
}

/** The API takes objects alone. */
function inputOf(text: string | undefined, value: unknown): unknown {
  if (text === undefined) return value ?? {};
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

type Content = Extract<ChatMessage, { role: 'user' | 'tool' }>['content'];

function contentOf(content: Content): object[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  return content.map((part) => (part.type === 'text' ? part : { type: 'image', source: sourceOf(part.url) }));
}

function sourceOf(url: string): object {
  const [, mediaType, data] = /^data:([^;,]+);base64,(.*)$/s.exec(url) ?? [];
  return data === undefined ? { type: 'url', url } : { type: 'base64', media_type: mediaType, data };
}

function textOf(content: string | readonly { readonly text: string }[]): string {
  return typeof content === 'string' ? content : content.map(({ text }) => text).join('\n\n');
}

function toolOf({ name, description, parameters }: Tool): object {
  return { name, description, input_schema: parameters };
}

function toolChoiceOf(choice: ToolChoice): object {
  if (typeof choice !== 'string') return { type: 'tool', name: choice.name };
  return { type: choice === 'required' ? 'any' : choice };
}
