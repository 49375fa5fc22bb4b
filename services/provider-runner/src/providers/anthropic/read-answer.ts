import type { ChatResult } from '@sluice/contracts';
import { failure } from '../../job/failure.ts';
import { type AnswerBuilder, buildAnswer } from '../answer-builder.ts';
import { parseJson } from '../answer-failures.ts';
import { type ReaderContext, readEventStream, type StreamReader } from '../event-stream-reader.ts';
import { ownEntry } from '../own-entry.ts';
import { type ChatOutcome, failed } from '../provider.ts';
import { failureOfError } from './errors.ts';
import {
  errorSchema,
  eventSchema,
  messageSchema,
  type WireBlock,
  type WireEvent,
  type WireMessage,
  type WireUsage,
} from './schema.ts';

/** The outcome of a whole answer with a 200. */
export function readMessage(text: string, context: Omit<ReaderContext, 'onDelta'>): ChatOutcome {
  const body = parseJson(text);
  const message = messageSchema.safeParse(body).data;
  if (!message) {
    const error = errorSchema.safeParse(body);
    return failed(
      error.success
        ? failureOfError(200, error.data.error, context.apiKey)
        : failure('provider_malformed', 'The provider answered 200 without a message.'),
    );
  }
  const answer = buildAnswer({ ...context, onDelta: () => undefined });
  readHead(message, answer);
  for (const [index, block] of message.content.entries()) readBlock(block, index, answer);
  answer.finish(finishReasonOf(message.stop_reason ?? 'end_turn'));
  return answer.outcome();
}

/** Reads a stream of message events, up to `message_stop`. */
export function readMessageStream(context: ReaderContext): StreamReader {
  /** Thinking under way, by block: its seal comes when it is complete. */
  const thinking = new Map<number, { text: string; signature: string }>();

  function readDelta({ index = 0, delta }: WireEvent, answer: AnswerBuilder): void {
    switch (delta?.type) {
      case 'text_delta':
        answer.text(delta.text ?? '');
        break;
      case 'thinking_delta': {
        const block = thinking.get(index);
        if (block) block.text += delta.thinking ?? '';
        answer.reasoning(delta.thinking ?? '');
        break;
      }
      case 'signature_delta': {
        const block = thinking.get(index);
        if (block) block.signature += delta.signature ?? '';
        break;
      }
      case 'input_json_delta':
        answer.toolCall({ index, argumentsDelta: delta.partial_json ?? '' });
    }
  }

  function stopBlock(index: number, answer: AnswerBuilder): void {
    const block = thinking.get(index);
    if (block?.signature) answer.reasoningPart(block);
    thinking.delete(index);
  }

  return readEventStream(context, ({ data }, answer) => {
    const parsed = eventSchema.safeParse(parseJson(data));
    if (!parsed.success) return 'malformed';
    const event = parsed.data;
    const { index = 0 } = event;
    switch (event.type) {
      case 'message_start':
        if (event.message) readHead(event.message, answer);
        return undefined;
      case 'content_block_start':
        if (event.content_block?.type === 'thinking') thinking.set(index, { text: '', signature: '' });
        if (event.content_block) readBlock(withoutEmptyInput(event.content_block), index, answer);
        return undefined;
      case 'content_block_delta':
        // A block of a tool that the provider runs itself has deltas too.
        if (event.delta?.type !== 'input_json_delta' || answer.hasCall(index)) readDelta(event, answer);
        return undefined;
      case 'content_block_stop':
        stopBlock(index, answer);
        return undefined;
      case 'message_delta':
        readUsage(event.usage, answer);
        if (event.delta?.stop_reason) answer.finish(finishReasonOf(event.delta.stop_reason));
        return undefined;
      case 'message_stop':
        return 'end';
      case 'error':
        return failureOfError(200, event.error ?? {}, context.apiKey);
      default:
        return undefined;
    }
  });
}

function readHead({ id, model, usage }: WireMessage, answer: AnswerBuilder): void {
  if (id) answer.responseId(id);
  if (model) answer.model(model);
  readUsage(usage, answer);
}

/** The arguments follow in deltas; compatible servers put them into the block instead. */
function withoutEmptyInput(block: WireBlock): WireBlock {
  const { input } = block;
  const empty = typeof input !== 'object' || input === null || Object.keys(input).length === 0;
  return empty ? { ...block, input: undefined } : block;
}

function readBlock(block: WireBlock, index: number, answer: AnswerBuilder): void {
  switch (block.type) {
    case 'text':
      answer.text(block.text ?? '');
      break;
    case 'thinking':
      answer.reasoning(block.thinking ?? '');
      if (block.signature) answer.reasoningPart({ text: block.thinking ?? '', signature: block.signature });
      break;
    case 'redacted_thinking':
      answer.reasoningPart({ text: '', signature: block.data ?? '', redacted: true });
      break;
    case 'tool_use':
      answer.toolCall({
        index,
        id: block.id ?? undefined,
        name: block.name ?? undefined,
        ...(block.input !== undefined && { argumentsDelta: JSON.stringify(block.input) }),
      });
  }
}

const FINISH_REASONS: Readonly<Record<string, ChatResult['finishReason']>> = {
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
};

function finishReasonOf(reason: string): ChatResult['finishReason'] {
  return ownEntry(FINISH_REASONS, reason) ?? 'stop';
}

/** `input_tokens` leaves out what came from the cache or went into it; there is no total. */
function readUsage(usage: WireUsage, answer: AnswerBuilder): void {
  if (!usage) return;
  answer.usage({
    ...(usage.input_tokens != null && { inputTokens: usage.input_tokens }),
    ...(usage.output_tokens != null && { outputTokens: usage.output_tokens }),
    ...(usage.cache_read_input_tokens != null && { cachedInputTokens: usage.cache_read_input_tokens }),
    ...(usage.cache_creation_input_tokens && { cacheWriteTokens: usage.cache_creation_input_tokens }),
  });
}
