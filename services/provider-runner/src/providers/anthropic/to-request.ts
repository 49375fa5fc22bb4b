import type { ChatMessage, ReasoningPart, Tool, ToolChoice } from '@sluice/contracts';
import { base64Seal } from '../decide-seal.ts';
import { askInWords } from '../json-instruction.ts';
import type { ChatCall } from '../provider.ts';
import { decideThinking } from './decide-model.ts';

/** The body of `POST /messages`. No response format is known to all models of the API: JSON is asked for in words. */
export function messagesRequest(call: ChatCall): string {
  const { model, params, tools, toolChoice, responseFormat, stream } = call;
  const messages = responseFormat ? askInWords(call.messages, responseFormat) : call.messages;
  const forced = tools !== undefined && toolChoice !== undefined && isForced(toolChoice);
  const { sampling, ...thinking } = decideThinking(model, { ...params, forced });
  const system = messages.flatMap((message) => (message.role === 'system' ? [textOf(message.content)] : []));
  return JSON.stringify({
    model,
    ...thinking,
    system: system.length === 0 ? undefined : system.join('\n\n'),
    messages: turnsOf(messages),
    ...(sampling && {
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
        ...(message.reasoning ?? []).flatMap(thoughtOf),
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

/** A step with a seal of this vendor's: a seal without text that is not redacted is Gemini's, of its answer's text. */
function thoughtOf({ text, signature, redacted }: ReasoningPart): object[] {
  const seal = base64Seal(signature);
  if (seal === undefined) return [];
  if (redacted) return [{ type: 'redacted_thinking', data: seal }];
  return text === '' ? [] : [{ type: 'thinking', thinking: text, signature: seal }];
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

function isForced(choice: ToolChoice): boolean {
  return typeof choice !== 'string' || choice === 'required';
}

function toolChoiceOf(choice: ToolChoice): object {
  if (typeof choice !== 'string') return { type: 'tool', name: choice.name };
  return { type: choice === 'required' ? 'any' : choice };
}
