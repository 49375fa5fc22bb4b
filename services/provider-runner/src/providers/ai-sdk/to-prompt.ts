import type {
  JSONSchema7,
  LanguageModelV4CallOptions,
  LanguageModelV4FilePart,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4TextPart,
  LanguageModelV4ToolChoice,
  LanguageModelV4ToolResultPart,
} from '@ai-sdk/provider';
import type { ChatMessage, ToolChoice } from '@sluice/contracts';
import { askInWords } from '../json-instruction.ts';
import type { ChatCall } from '../provider.ts';
import { metadataOf } from './seal.ts';

/** A call in the packages' own form. `name` is under what they keep what is the vendor's alone. */
export function callOptions(
  call: ChatCall,
  name: string,
  abortSignal: AbortSignal,
): LanguageModelV4CallOptions {
  const { params, tools, toolChoice, responseFormat } = call;
  const { maxTokens, stop, reasoningEffort, ...others } = params;
  const inWords = responseFormat?.type === 'json_object';
  return {
    prompt: promptOf(inWords ? askInWords(call.messages, responseFormat) : call.messages, name),
    ...(others as Sampling),
    ...(maxTokens !== undefined && { maxOutputTokens: maxTokens }),
    ...(stop && { stopSequences: stop }),
    ...(reasoningEffort && { reasoning: reasoningEffort }),
    ...(tools && {
      tools: tools.map(({ name: tool, description, parameters, strict }) => ({
        type: 'function' as const,
        name: tool,
        inputSchema: parameters as JSONSchema7,
        ...(description !== undefined && { description }),
        ...(strict !== undefined && { strict }),
      })),
    }),
    ...(toolChoice && { toolChoice: toolChoiceOf(toolChoice) }),
    ...(responseFormat?.type === 'json_schema' && {
      responseFormat: {
        type: 'json',
        name: responseFormat.name,
        schema: responseFormat.schema as JSONSchema7,
        ...(responseFormat.description !== undefined && { description: responseFormat.description }),
      },
    }),
    abortSignal,
  };
}

/** Named alike on both sides. */
type Sampling = Pick<
  LanguageModelV4CallOptions,
  'temperature' | 'topP' | 'presencePenalty' | 'frequencyPenalty' | 'seed'
>;

function toolChoiceOf(choice: ToolChoice): LanguageModelV4ToolChoice {
  return typeof choice === 'string' ? { type: choice } : { type: 'tool', toolName: choice.name };
}

/** The packages take the system's messages first, and all the results of one turn as one message. */
function promptOf(messages: readonly ChatMessage[], name: string): LanguageModelV4Prompt {
  const names = new Map<string, string>();
  const system = messages.flatMap((message) => (message.role === 'system' ? [textOf(message.content)] : []));
  const prompt: LanguageModelV4Message[] = [];
  for (const message of messages) {
    if (message.role === 'system') continue;
    const next = messageOf(message, name, names);
    const last = prompt.at(-1);
    if (last?.role === 'tool' && next.role === 'tool') last.content.push(...next.content);
    else prompt.push(next);
  }
  return [
    ...(system.length > 0 ? [{ role: 'system' as const, content: system.join('\n\n') }] : []),
    ...prompt,
  ];
}

/** `names`: of the tools called so far, by the id of the call. */
function messageOf(
  message: Exclude<ChatMessage, { role: 'system' }>,
  name: string,
  names: Map<string, string>,
): Exclude<LanguageModelV4Message, { role: 'system' }> {
  switch (message.role) {
    case 'user':
      return { role: 'user', content: partsOf(message.content) };
    case 'tool':
      return {
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            toolCallId: message.toolCallId,
            toolName: names.get(message.toolCallId) ?? message.toolCallId,
            output: outputOf(message.content),
          },
        ],
      };
    case 'assistant':
      return {
        role: 'assistant',
        content: [
          ...(message.reasoning ?? []).map(({ text, signature }) => ({
            type: 'reasoning' as const,
            text,
            ...metadataOf(name, signature),
          })),
          ...(message.content?.length ? [{ type: 'text' as const, text: textOf(message.content) }] : []),
          ...(message.toolCalls ?? []).map(({ id, name: tool, signature, ...sent }) => {
            names.set(id, tool);
            const input = sent.argumentsText === undefined ? sent.arguments : parsed(sent.argumentsText);
            return {
              type: 'tool-call' as const,
              toolCallId: id,
              toolName: tool,
              input: input ?? {},
              ...metadataOf(name, signature),
            };
          }),
        ],
      };
  }
}

type Content = Extract<ChatMessage, { role: 'user' | 'tool' }>['content'];

function outputOf(content: Content): LanguageModelV4ToolResultPart['output'] {
  return typeof content === 'string'
    ? { type: 'text', value: content }
    : { type: 'content', value: partsOf(content) };
}

function partsOf(content: Content): (LanguageModelV4TextPart | LanguageModelV4FilePart)[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return content.map((part) => (part.type === 'text' ? part : imageOf(part.url)));
}

function imageOf(url: string): LanguageModelV4FilePart {
  const [, mediaType, data] = /^data:([^;,]+);base64,(.*)$/s.exec(url) ?? [];
  return mediaType === undefined || data === undefined
    ? { type: 'file', mediaType: 'image/*', data: { type: 'url', url: new URL(url) } }
    : { type: 'file', mediaType, data: { type: 'data', data } };
}

function textOf(content: string | readonly { readonly text: string }[]): string {
  return typeof content === 'string' ? content : content.map(({ text }) => text).join('\n\n');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
