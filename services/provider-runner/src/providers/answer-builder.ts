import {
  type ChatResult,
  type DeltaContent,
  newId,
  type ReasoningPart,
  type ToolCall,
  type Usage,
} from '@sluice/contracts';
import { type Failure, failure, type Used } from '../job/failure.ts';
import { isTooDeep } from '../structured/decide-json-end.ts';
import { answerWithoutKey, REDACTED, redactKey } from './key-redaction.ts';
import { type ChatAnswer, type ChatOutcome, failed } from './provider.ts';

export type ToolCallFragment = {
  /** Which call of the answer it belongs to, in the vendor's own count: calls are numbered anew as they come. */
  readonly index: number;
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly argumentsDelta?: string | undefined;
  readonly signature?: string | undefined;
};

/**
 * Puts an answer together as a provider sends it, whole or in pieces, and hands on what came as deltas. The provider
 * key never gets through, wherever a provider repeats it.
 */
export type AnswerBuilder = {
  text(more: string): void;
  /** The model's words for not answering. */
  refusal(more: string): void;
  reasoning(more: string): void;
  /** A step of reasoning with the provider's seal, to be sent back with the answer. */
  reasoningPart(part: ReasoningPart): void;
  toolCall(fragment: ToolCallFragment): void;
  /** Counters as they are reported: the last report of each wins, they are never added up; null reports nothing. */
  usage(counters: Partial<Usage>): void;
  model(name: string): void;
  responseId(id: string): void;
  finish(reason: ChatResult['finishReason']): void;
  /** How many tool calls there are so far. */
  readonly calls: number;
  /** There are more calls than any model makes: what comes is no longer kept, and the answer is broken. */
  readonly overfull: boolean;
  /** Whether there is a call under the vendor's number. */
  hasCall(index: number): boolean;
  /** Hands on what came since the last time as one delta; call it once for each event. */
  flush(): void;
  /** What was used so far, where the provider said it. */
  readonly used: Used | undefined;
  /** The answer. Without a finish reason it was cut off; with `stop` and nothing said it is empty: both may pass. */
  outcome(): ChatOutcome;
};

/** Of tool calls, and of sealed steps of reasoning: far more than any model makes. */
const MAX_PARTS = 1024;

/** `named`: the end of all names that it was given, one after the other. */
type Call = { id: string; name: string; named: string; argumentsText: string; signature?: string };

/** JSON.parse goes as deep as memory; whoever writes the value again, by recursion, does not. */
const MAX_ARGUMENTS_DEPTH = 100;

const NO_USAGE: Usage = {
  inputTokens: null,
  outputTokens: null,
  totalTokens: null,
  cachedInputTokens: null,
  reasoningTokens: null,
};

export function buildAnswer(options: {
  readonly model: string;
  readonly apiKey: string;
  readonly onDelta: (content: DeltaContent) => void;
}): AnswerBuilder {
  const { apiKey, onDelta } = options;
  const textRedaction = redactKey(apiKey);
  const reasoningRedaction = redactKey(apiKey);
  const argumentRedactions = new Map<number, ReturnType<typeof redactKey>>();
  const places = new Map<number, number>();
  const calls = new Map<number, Call>();
  const reasoningParts: ReasoningPart[] = [];
  let text = '';
  let reasoningText: string | null = null;
  let usage: Usage | null = null;
  let model = options.model;
  let responseId: string | null = null;
  let finishReason: ChatResult['finishReason'] | undefined;
  let refused = false;
  let tooMany = false;
  let pending: DeltaContent = {};

  /** What one event says of one call is one fragment. */
  const addToPending = (fragment: NonNullable<DeltaContent['toolCalls']>[number]): void => {
    const fragments = pending.toolCalls ?? [];
    const last = fragments.at(-1);
    if (last?.index === fragment.index && last.argumentsDelta === undefined) Object.assign(last, fragment);
    else fragments.push(fragment);
    pending.toolCalls = fragments;
  };
  const addText = (more: string): void => {
    if (more === '') return;
    text += more;
    pending.text = (pending.text ?? '') + more;
  };
  const addReasoning = (more: string): void => {
    if (more === '') return;
    reasoningText = (reasoningText ?? '') + more;
    pending.reasoningText = (pending.reasoningText ?? '') + more;
  };
  const addArguments = (index: number, argumentsDelta: string): void => {
    const call = calls.get(index);
    if (!call || argumentsDelta === '') return;
    call.argumentsText += argumentsDelta;
    addToPending({ index, argumentsDelta });
  };

  /** The last name is the call's; a caller who joins what came in pieces must not get a key from them. */
  const nameCall = (call: Call, name: string): void => {
    const joined = call.named + name;
    const splitKey = answerWithoutKey(joined, apiKey) !== joined;
    call.name = splitKey && !name.includes(apiKey) ? REDACTED : answerWithoutKey(name, apiKey);
    call.named = joined.slice(Math.max(0, joined.length - apiKey.length));
  };

  const used = (): Used | undefined => (usage ? { usage, model } : undefined);
  const failedWith = (broken: Failure): ChatOutcome => {
    const spent = used();
    return failed(spent ? { ...broken, used: spent } : broken);
  };

  const flush = (): void => {
    if (Object.keys(pending).length === 0) return;
    const content = pending;
    pending = {};
    onDelta(content);
  };

  return {
    text: (more) => addText(textRedaction.next(more)),
    refusal(more) {
      refused ||= more !== '';
      addText(textRedaction.next(more));
    },
    reasoning: (more) => addReasoning(reasoningRedaction.next(more)),
    reasoningPart(part) {
      tooMany ||= reasoningParts.length === MAX_PARTS;
      if (!tooMany) reasoningParts.push({ ...part, text: answerWithoutKey(part.text, apiKey) });
    },
    toolCall({ index: place, id, name, argumentsDelta, signature }) {
      const index = places.get(place) ?? places.size;
      tooMany ||= index === MAX_PARTS;
      if (tooMany) return;
      places.set(place, index);
      const isNew = !calls.has(index);
      // Where a provider names none, or only an empty one, the id is ours; results must be able to refer to it.
      const call = calls.get(index) ?? { id: `call_${newId()}`, name: '', named: '', argumentsText: '' };
      calls.set(index, call);
      if (id) call.id = answerWithoutKey(id, apiKey);
      if (name) nameCall(call, name);
      if (signature) call.signature = signature;
      if (isNew || id || name) {
        addToPending({ index, ...((isNew || id) && { id: call.id }), ...(name && { name: call.name }) });
      }
      if (argumentsDelta === undefined) return;
      const redaction = argumentRedactions.get(index) ?? redactKey(apiKey);
      argumentRedactions.set(index, redaction);
      addArguments(index, redaction.next(argumentsDelta));
    },
    usage(counters) {
      const reported = Object.entries(counters).filter(([, count]) => count !== null);
      usage = { ...(usage ?? NO_USAGE), ...Object.fromEntries(reported) };
    },
    model(name) {
      model = name;
    },
    responseId(id) {
      responseId = id;
    },
    finish(reason) {
      finishReason = reason;
    },
    hasCall: (index) => places.has(index),
    get calls() {
      return calls.size;
    },
    get overfull() {
      return tooMany;
    },
    flush,
    get used() {
      return used();
    },
    outcome() {
      addText(textRedaction.rest());
      addReasoning(reasoningRedaction.rest());
      for (const [index, redaction] of argumentRedactions) addArguments(index, redaction.rest());
      flush();
      if (tooMany) {
        return failedWith(
          failure(
            'provider_malformed',
            `The provider's answer has more than ${MAX_PARTS} tool calls or thoughts.`,
          ),
        );
      }
      if (finishReason === undefined) {
        return failedWith(
          failure('provider_truncated', "The provider's answer ended without a finish reason."),
        );
      }
      if (finishReason === 'error') {
        return failedWith(failure('provider_unavailable', 'The provider ended its answer with an error.'));
      }
      const toolCalls = [...calls.values()].map(toolCallOf);
      if (finishReason === 'stop' && text === '' && toolCalls.length === 0) {
        return failedWith(
          failure('provider_empty_answer', 'The provider answered without text and without a tool call.'),
        );
      }
      const answer: ChatAnswer = {
        responseId: responseId === null ? null : answerWithoutKey(responseId, apiKey),
        model: answerWithoutKey(model, apiKey),
        text,
        reasoningText,
        ...(reasoningParts.length > 0 && { reasoning: reasoningParts }),
        toolCalls,
        finishReason: finishReason === 'stop' ? meaningOfStop(refused, toolCalls) : finishReason,
        usage,
      };
      return { ok: true, answer };
    },
  };
}

/** Several APIs and servers end a refusal, or an answer that calls a tool, as they end any other. */
function meaningOfStop(refused: boolean, { length }: readonly ToolCall[]): ChatResult['finishReason'] {
  if (refused) return 'content_filter';
  return length > 0 ? 'tool_calls' : 'stop';
}

/** No arguments at all are `{}`: every API means by it that the tool takes none. */
function toolCallOf({ id, name, argumentsText, signature }: Call): ToolCall {
  return {
    id,
    name,
    arguments: argumentsText === '' ? {} : parsedOrNull(argumentsText),
    argumentsText,
    ...(signature !== undefined && { signature }),
  };
}

function parsedOrNull(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text) ?? {};
    return isTooDeep(text, MAX_ARGUMENTS_DEPTH) ? null : value;
  } catch {
    return null;
  }
}
