import type { ChatResult } from '@sluice/contracts';
import { type Failure, failure } from '../../../job/failure.ts';
import { type AnswerBuilder, buildAnswer } from '../../answer-builder.ts';
import { parseJson } from '../../answer-failures.ts';
import { type ReaderContext, readEventStream, type StreamReader } from '../../event-stream-reader.ts';
import { ownEntry } from '../../own-entry.ts';
import { type ChatOutcome, failed } from '../../provider.ts';
import { failureOfBody, failureOfError } from '../errors.ts';
import { countersOf } from '../usage.ts';
import {
  type Chunk,
  chunkSchema,
  completionSchema,
  type ToolCallFragment,
  type WireCompletion,
  type WireContent,
  type WireMessage,
} from './schema.ts';
import { callPlaces } from './tool-call-places.ts';

/** The outcome of a whole answer with a 200. */
export function readCompletion(text: string, context: Omit<ReaderContext, 'onDelta'>): ChatOutcome {
  const body = parseJson(text);
  const completion = completionSchema.safeParse(body).data;
  const choice = completion?.choices[0];
  if (!completion || !choice) {
    return failed(failureOfBody(body, context.apiKey, 'a chat completion'));
  }
  const answer = buildAnswer({ ...context, onDelta: () => undefined });
  readHead(completion, answer);
  readMessage(choice.message, answer, (_, at) => at);
  readUsage(completion, answer);
  const interrupted = interruptionOf(choice.finish_reason);
  if (interrupted) return failed({ ...interrupted, ...(answer.used && { used: answer.used }) });
  answer.finish(finishReasonOf(choice.finish_reason ?? 'stop'));
  return answer.outcome();
}

/** Reads a stream of `chat.completion.chunk` events (OpenAI API reference). */
export function readCompletionStream(context: ReaderContext): StreamReader {
  const placeOf = callPlaces();
  return readEventStream(context, ({ data }, answer) => {
    if (data === '[DONE]') return 'end';
    const parsed = chunkSchema.safeParse(parseJson(data));
    if (!parsed.success) return 'malformed';
    if (parsed.data.error) return failureOfError(200, parsed.data.error, context.apiKey);
    readChunk(parsed.data, answer, placeOf);
    return interruptionOf(parsed.data.choices?.[0]?.finish_reason);
  });
}

function readChunk(chunk: Chunk, answer: AnswerBuilder, placeOf: PlaceOf): void {
  readHead(chunk, answer);
  // With the finish chunk, or in a last one without choices.
  readUsage(chunk, answer);
  const choice = chunk.choices?.[0];
  if (!choice) return;
  if (choice.delta) readMessage(choice.delta, answer, placeOf);
  if (choice.finish_reason) answer.finish(finishReasonOf(choice.finish_reason));
}

/** Azure's first chunk has an empty id and model: they come later. */
function readHead(
  { id, model }: { id?: string | null | undefined; model?: string | null | undefined },
  answer: AnswerBuilder,
): void {
  if (id) answer.responseId(id);
  if (model) answer.model(model);
}

type PlaceOf = ReturnType<typeof callPlaces>;

function readMessage(message: WireMessage, answer: AnswerBuilder, placeOf: PlaceOf): void {
  answer.reasoning(message.reasoning_content || message.reasoning || thinkingOf(message.content));
  answer.text(textOf(message.content));
  answer.refusal(message.refusal ?? '');
  for (const [at, fragment] of (message.tool_calls ?? []).entries()) {
    answer.toolCall(fragmentOf(fragment, placeOf(fragment, at)));
  }
}

function fragmentOf({ id, function: part }: ToolCallFragment, index: number) {
  const argumentsDelta = argumentsTextOf(part?.arguments);
  return {
    index,
    id: id ?? undefined,
    name: part?.name ?? undefined,
    ...(argumentsDelta !== '' && { argumentsDelta }),
  };
}

function textOf(content: WireContent): string {
  if (typeof content === 'string') return content;
  return content?.map((part) => (part.type === 'text' ? (part.text ?? '') : '')).join('') ?? '';
}

/** Mistral's reasoning: parts of type `thinking` that hold parts of type `text`. */
function thinkingOf(content: WireContent): string {
  if (typeof content === 'string') return '';
  return content?.map((part) => (part.type === 'thinking' ? textOf(part.thinking) : '')).join('') ?? '';
}

function argumentsTextOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

/** DeepSeek's reason of an answer that it broke off for want of machines (its API reference, `finish_reason`). */
function interruptionOf(reason: string | null | undefined): Failure | undefined {
  if (reason !== 'insufficient_system_resource') return undefined;
  return failure('provider_overloaded', `The provider broke off its answer: ${reason}.`);
}

const FINISH_REASONS: Readonly<Record<string, ChatResult['finishReason']>> = {
  length: 'length',
  max_tokens: 'length',
  model_length: 'length',
  tool_calls: 'tool_calls',
  function_call: 'tool_calls',
  content_filter: 'content_filter',
  error: 'error',
};

/** A reason that is not known (`eos`, `end_turn`) is an ordinary end. */
function finishReasonOf(reason: string): ChatResult['finishReason'] {
  return ownEntry(FINISH_REASONS, reason) ?? 'stop';
}

function readUsage(from: Chunk | WireCompletion, answer: AnswerBuilder): void {
  const usage = from.usage ?? from.choices?.[0]?.usage ?? from.x_groq?.usage;
  if (usage) answer.usage(countersOf(usage));
}
