import type { ChatMessage, ChatParams, ResponseFormat, Tool, ToolChoice } from '@sluice/contracts';
import { base64Seal } from '../decide-seal.ts';
import type { ChatCall } from '../provider.ts';

/** Tokens to think with, for each effort; Gemini 3 takes levels instead (Thinking guide). */
const THINKING_TOKENS: Readonly<Record<NonNullable<ChatParams['reasoningEffort']>, number>> = {
  none: 0,
  minimal: 512,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 24_576,
};

/** The body of `models/{model}:generateContent`, streamed or not. */
export function generateRequest(call: ChatCall): string {
  const { model, messages, params, tools, toolChoice, responseFormat } = call;
  const system = messages.flatMap((message) => (message.role === 'system' ? textsOf(message.content) : []));
  return JSON.stringify({
    systemInstruction: system.length === 0 ? undefined : { parts: system.map((text) => ({ text })) },
    contents: contentsOf(messages),
    tools: tools && [{ functionDeclarations: tools.map(declarationOf) }],
    toolConfig: toolChoice && { functionCallingConfig: callingConfigOf(toolChoice) },
    generationConfig: {
      temperature: params.temperature,
      topP: params.topP,
      maxOutputTokens: params.maxTokens,
      presencePenalty: params.presencePenalty,
      frequencyPenalty: params.frequencyPenalty,
      seed: params.seed,
      stopSequences: params.stop,
      thinkingConfig: params.reasoningEffort && thinkingOf(model, params.reasoningEffort),
      ...formatOf(responseFormat),
    },
  });
}

function thinkingOf(model: string, effort: NonNullable<ChatParams['reasoningEffort']>): object {
  const includeThoughts = effort !== 'none';
  if (/gemini-3/.test(model)) {
    const thinkingLevel = effort === 'medium' || effort === 'high' || effort === 'xhigh' ? 'high' : 'low';
    return { thinkingLevel, includeThoughts };
  }
  return { thinkingBudget: Math.max(THINKING_TOKENS[effort], leastThinking(model)), includeThoughts };
}

/** 2.5 Pro cannot be kept from thinking: it takes 128 to 32,768 tokens (Thinking guide, as resellers quote it). */
const leastThinking = (model: string): number => (/gemini-2\.5-pro/.test(model) ? 128 : 0);

function formatOf(format: ResponseFormat | undefined): object {
  if (format === undefined || format.type === 'text') return {};
  const json = { responseMimeType: 'application/json' };
  return format.type === 'json_object' ? json : { ...json, responseJsonSchema: format.schema };
}

type Content = { role: 'user' | 'model'; parts: object[] };

/** User and model take turns: tool results are the user's, and what follows each other on one side is one content. */
function contentsOf(messages: readonly ChatMessage[]): Content[] {
  const contents: Content[] = [];
  const names = new Map<string, string>();
  for (const message of messages) {
    if (message.role === 'system') continue;
    const role = message.role === 'assistant' ? 'model' : 'user';
    const parts = partsOf(message, names);
    const last = contents.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else contents.push({ role, parts });
  }
  return contents;
}

/** `names`: of the tools called so far, by the id of the call; a result goes back under the tool's name. */
function partsOf(message: Exclude<ChatMessage, { role: 'system' }>, names: Map<string, string>): object[] {
  switch (message.role) {
    case 'user':
      return contentParts(message.content);
    case 'tool': {
      const name = names.get(message.toolCallId) ?? message.toolCallId;
      return [
        { functionResponse: { name, response: resultOf(message.content) } },
        ...imagesOf(message.content),
      ];
    }
    case 'assistant': {
      const thoughtSignature = message.reasoning
        ?.filter(({ text, redacted }) => text === '' && redacted !== true)
        .map(({ signature }) => base64Seal(signature))
        .find((signature) => signature !== undefined);
      const texts = textsOf(message.content ?? '').map((text) => ({ text }));
      const calls = (message.toolCalls ?? []).map(({ id, name, signature, ...call }) => {
        names.set(id, name);
        const args = call.argumentsText === undefined ? (call.arguments ?? {}) : objectOf(call.argumentsText);
        return { functionCall: { name, args }, thoughtSignature: base64Seal(signature) };
      });
      const [first, ...others] = texts;
      return [...(first ? [{ ...first, thoughtSignature }] : []), ...others, ...calls];
    }
  }
}

type MessageContent = Extract<ChatMessage, { role: 'user' | 'tool' }>['content'];

function contentParts(content: MessageContent): object[] {
  if (typeof content === 'string') return [{ text: content }];
  return content.map((part) => (part.type === 'text' ? { text: part.text } : imagePart(part.url)));
}

/** The response of a function is an object of text alone on models before Gemini 3: its images stand beside it. */
function imagesOf(content: MessageContent): object[] {
  if (typeof content === 'string') return [];
  return content.flatMap((part) => (part.type === 'image' ? [imagePart(part.url)] : []));
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  gif: 'image/gif',
  webp: 'image/webp',
};

/** Without an ending that says otherwise an image at a URL is taken for a jpeg: the API wants to know. */
function imagePart(url: string): object {
  const [, mimeType, data] = /^data:([^;,]+);base64,(.*)$/s.exec(url) ?? [];
  if (data !== undefined) return { inlineData: { mimeType, data } };
  const ending = /\.(\w+)(?:[?#]|$)/.exec(url)?.[1]?.toLowerCase() ?? '';
  return { fileData: { mimeType: MEDIA_TYPES[ending] ?? 'image/jpeg', fileUri: url } };
}

/** The API takes objects alone. */
function resultOf(content: MessageContent): object {
  const text = typeof content === 'string' ? content : textsOf(content).join('\n');
  const parsed = objectOf(text);
  return parsed !== null && typeof parsed === 'object' && !Array.isArray(parsed)
    ? parsed
    : { result: parsed ?? text };
}

function objectOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function textsOf(
  content: string | readonly ({ type: 'text'; text: string } | { type: 'image' })[],
): string[] {
  if (typeof content === 'string') return content === '' ? [] : [content];
  return content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
}

function declarationOf({ name, description, parameters }: Tool): object {
  return { name, description, parametersJsonSchema: parameters };
}

function callingConfigOf(choice: ToolChoice): object {
  if (typeof choice !== 'string') return { mode: 'ANY', allowedFunctionNames: [choice.name] };
  return { mode: choice === 'required' ? 'ANY' : choice.toUpperCase() };
}
