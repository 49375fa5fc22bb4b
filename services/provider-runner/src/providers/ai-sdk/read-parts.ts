import type {
  LanguageModelV4Content,
  LanguageModelV4FinishReason,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
  SharedV4ProviderMetadata,
} from '@ai-sdk/provider';
import type { ChatResult, Usage } from '@sluice/contracts';
import { type Failure, failure } from '../../job/failure.ts';
import type { AnswerBuilder } from '../answer-builder.ts';
import { ownEntry } from '../own-entry.ts';
import { sealOf } from './seal.ts';

export type PartsContext = {
  /** Under what the package keeps what is the vendor's alone. */
  readonly name: string;
  /** The vendor's own counters, from what it sent; what the package makes of them guesses zeros. */
  readonly countersOf: (raw: unknown) => Partial<Usage>;
};

/** Reads a package's stream into an answer; a Failure ends it. What a stream says in an `error` part is the caller's. */
export function partReader(context: PartsContext, answer: AnswerBuilder) {
  const calls = new Map<string, { index: number; argued: boolean }>();
  const steps = new Map<string, { text: string; metadata: SharedV4ProviderMetadata[string] }>();

  const callOf = (id: string, toolName: string) => {
    const known = calls.get(id);
    if (known) return known;
    const call = { index: calls.size, argued: false };
    calls.set(id, call);
    answer.toolCall({ index: call.index, id, name: toolName });
    return call;
  };
  const reason = (id: string, text: string, metadata: SharedV4ProviderMetadata | undefined): void => {
    const step = steps.get(id) ?? { text: '', metadata: {} };
    steps.set(id, step);
    step.text += text;
    Object.assign(step.metadata, metadata?.[context.name]);
    answer.reasoning(text);
  };
  const endStep = (id: string): void => {
    const step = steps.get(id);
    const signature = step && sealOf(context.name, { [context.name]: step.metadata });
    if (step && signature !== undefined) {
      answer.reasoningPart({ text: step.text, signature, ...(step.text === '' && { redacted: true }) });
    }
    steps.delete(id);
  };

  return (part: LanguageModelV4StreamPart): Failure | undefined => {
    switch (part.type) {
      case 'response-metadata':
        if (part.id) answer.responseId(part.id);
        if (part.modelId) answer.model(part.modelId);
        return undefined;
      case 'text-delta':
        answer.text(part.delta);
        return undefined;
      case 'reasoning-start':
        reason(part.id, '', part.providerMetadata);
        return undefined;
      case 'reasoning-delta':
        reason(part.id, part.delta, part.providerMetadata);
        return undefined;
      case 'reasoning-end':
        reason(part.id, '', part.providerMetadata);
        endStep(part.id);
        return undefined;
      case 'tool-input-start':
        if (!part.providerExecuted) callOf(part.id, part.toolName);
        return undefined;
      case 'tool-input-delta': {
        const call = calls.get(part.id);
        if (!call || part.delta === '') return undefined;
        call.argued = true;
        answer.toolCall({ index: call.index, argumentsDelta: part.delta });
        return undefined;
      }
      case 'tool-call': {
        if (part.providerExecuted) return undefined;
        const call = callOf(part.toolCallId, part.toolName);
        const signature = sealOf(context.name, part.providerMetadata);
        if (!call.argued || signature !== undefined) {
          answer.toolCall({
            index: call.index,
            signature,
            ...(!call.argued && { argumentsDelta: part.input }),
          });
        }
        call.argued = true;
        return undefined;
      }
      case 'finish':
        for (const id of steps.keys()) endStep(id);
        return readEnd(part, context, answer);
      default:
        return undefined;
    }
  };
}

/** Reads a whole answer in the same way. */
export function readGenerated(
  { content, response, finishReason, usage }: LanguageModelV4GenerateResult,
  context: PartsContext,
  answer: AnswerBuilder,
): Failure | undefined {
  const read = partReader(context, answer);
  if (response) read({ type: 'response-metadata', ...response });
  for (const [index, part] of content.entries()) readContent(part, String(index), read);
  return read({ type: 'finish', finishReason, usage });
}

function readContent(
  part: LanguageModelV4Content,
  id: string,
  read: (part: LanguageModelV4StreamPart) => unknown,
): void {
  const metadata = part.providerMetadata && { providerMetadata: part.providerMetadata };
  if (part.type === 'text') read({ type: 'text-delta', id, delta: part.text });
  else if (part.type === 'tool-call') read(part);
  else if (part.type === 'reasoning') {
    read({ type: 'reasoning-delta', id, delta: part.text, ...metadata });
    read({ type: 'reasoning-end', id });
  }
}

function readEnd(
  { finishReason, usage }: { finishReason: LanguageModelV4FinishReason; usage: LanguageModelV4Usage },
  { countersOf }: PartsContext,
  answer: AnswerBuilder,
): Failure | undefined {
  if (usage.raw !== undefined) answer.usage(countersOf(usage.raw));
  const { unified, raw } = finishReason;
  // The packages end a stream that was cut off with a finish of their own, without the vendor's word for it.
  if (raw === undefined) return undefined;
  if (raw.startsWith('malformed')) {
    return failure('provider_malformed', `The provider ended its answer with ${raw}.`);
  }
  answer.finish(ownEntry(RAW, raw) ?? UNIFIED[unified]);
  return undefined;
}

const UNIFIED: Readonly<Record<LanguageModelV4FinishReason['unified'], ChatResult['finishReason']>> = {
  stop: 'stop',
  length: 'length',
  'content-filter': 'content_filter',
  'tool-calls': 'tool_calls',
  error: 'error',
  other: 'stop',
};

/** What the packages call `other`. */
const RAW: Readonly<Record<string, ChatResult['finishReason']>> = {
  model_context_window_exceeded: 'length',
  refusal: 'content_filter',
};
