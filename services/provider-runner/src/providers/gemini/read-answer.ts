import type { ChatResult, JobErrorCode, Usage } from '@sluice/contracts';
import { type Failure, failure } from '../../job/failure.ts';
import { type AnswerBuilder, buildAnswer } from '../answer-builder.ts';
import { parseJson } from '../answer-failures.ts';
import { type ReaderContext, readEventStream, type StreamReader } from '../event-stream-reader.ts';
import { type ChatOutcome, failed } from '../provider.ts';
import { failureOfError } from './errors.ts';
import { addPartialArgument } from './partial-arguments.ts';
import {
  errorSchema,
  responseSchema,
  type WireFunctionCall,
  type WirePart,
  type WireResponse,
} from './schema.ts';

/** The outcome of a whole answer with a 200. */
export function readContent(text: string, context: Omit<ReaderContext, 'onDelta'>): ChatOutcome {
  const body = parseJson(text);
  const response = responseSchema.safeParse(body).data;
  if (!response?.candidates?.length && !response?.promptFeedback?.blockReason) {
    const error = errorSchema.safeParse(body);
    return failed(
      error.success
        ? failureOfError(200, error.data, context.apiKey)
        : failure('provider_malformed', 'The provider answered 200 without a candidate.'),
    );
  }
  const answer = buildAnswer({ ...context, onDelta: () => undefined });
  const broken = responseReader()(response, answer);
  return broken ? failed(broken) : answer.outcome();
}

/** Reads a stream of `alt=sse` events, each a response that goes on where the last one ended. There is no end mark. */
export function readContentStream(context: ReaderContext): StreamReader {
  const read = responseReader();
  return readEventStream(
    context,
    ({ data }, answer) => {
      const body = parseJson(data);
      const error = errorSchema.safeParse(body);
      if (error.success) return failureOfError(200, error.data, context.apiKey);
      const parsed = responseSchema.safeParse(body);
      return parsed.success ? read(parsed.data, answer) : 'malformed';
    },
    { endMark: false },
  );
}

/** What is remembered between the responses of one answer. */
function responseReader(): (response: WireResponse, answer: AnswerBuilder) => Failure | undefined {
  let open: { index: number; args: Record<string, unknown> } | undefined;

  /** One call whole, or one that comes in pieces: its name first, its arguments path by path, an empty one last. */
  function readCall(call: WireFunctionCall, signature: string | undefined, answer: AnswerBuilder): void {
    const goesOn = call.willContinue === true || (call.partialArgs?.length ?? 0) > 0;
    if (open === undefined) {
      const index = answer.calls;
      answer.toolCall({ index, id: call.id ?? undefined, name: call.name ?? undefined, signature });
      if (!goesOn) {
        answer.toolCall({ index, argumentsDelta: JSON.stringify(call.args ?? {}) });
        return;
      }
      open = { index, args: {} };
    }
    for (const piece of call.partialArgs ?? []) addPartialArgument(open.args, piece);
    if (call.willContinue === true) return;
    answer.toolCall({ index: open.index, argumentsDelta: JSON.stringify(open.args) });
    open = undefined;
  }

  function readPart(part: WirePart, answer: AnswerBuilder): void {
    const signature = part.thoughtSignature ?? undefined;
    if (part.functionCall) {
      readCall(part.functionCall, signature, answer);
      return;
    }
    if (part.text && part.thought) answer.reasoning(part.text);
    else if (part.text) answer.text(part.text);
    if (signature !== undefined)
      answer.reasoningPart({ text: part.thought ? (part.text ?? '') : '', signature });
  }

  return (response, answer) => {
    if (response.responseId) answer.responseId(response.responseId);
    if (response.modelVersion) answer.model(response.modelVersion);
    if (response.usageMetadata) answer.usage(countersOf(response.usageMetadata));
    const [candidate] = response.candidates ?? [];
    for (const part of candidate?.content?.parts ?? []) readPart(part, answer);
    const said = candidate?.finishReason;
    const broken = said && BROKEN[said];
    if (broken) return failure(broken, `The provider ended its answer with ${said}.`);
    if (said) answer.finish(finishReasonOf(said, answer.calls > 0));
    else if (response.promptFeedback?.blockReason) answer.finish('content_filter');
    return undefined;
  };
}

/** Ends that are no answer's (API reference, FinishReason); OTHER is whatever went wrong at the provider. */
const BROKEN: Readonly<Record<string, JobErrorCode>> = {
  MALFORMED_FUNCTION_CALL: 'provider_malformed',
  MALFORMED_RESPONSE: 'provider_malformed',
  UNEXPECTED_TOOL_CALL: 'provider_malformed',
  OTHER: 'provider_unavailable',
};

const FILTERED = [
  'SAFETY',
  'RECITATION',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'IMAGE_SAFETY',
  'IMAGE_PROHIBITED_CONTENT',
  'LANGUAGE',
];

export function finishReasonOf(reason: string, called: boolean): ChatResult['finishReason'] {
  if (FILTERED.includes(reason)) return 'content_filter';
  if (reason === 'MAX_TOKENS') return 'length';
  return called ? 'tool_calls' : 'stop';
}

/** Running totals. What was thought is not part of `candidatesTokenCount`. */
export function countersOf(usage: NonNullable<WireResponse['usageMetadata']>): Partial<Usage> {
  const counters = {
    inputTokens: usage.promptTokenCount,
    outputTokens: usage.candidatesTokenCount,
    totalTokens: usage.totalTokenCount,
    cachedInputTokens: usage.cachedContentTokenCount,
    reasoningTokens: usage.thoughtsTokenCount,
  };
  return Object.fromEntries(Object.entries(counters).filter(([, count]) => count != null));
}
