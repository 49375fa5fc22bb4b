import { StringDecoder } from 'node:string_decoder';
import type { ChatResult, DeltaContent, Usage } from '@sluice/contracts';
import { createParser } from 'eventsource-parser';
import { type Failure, failure } from '../../job/failure.ts';
import { type ChatOutcome, failed } from '../provider.ts';
import { failureOfError, parseJson, withoutKey } from './errors.ts';
import {
  argumentsTextOf,
  finishReasonOf,
  outcomeOfAnswer,
  textOf,
  toolCallOf,
  usageOf,
} from './from-response.ts';
import { type Chunk, type ChunkDelta, chunkSchema, type ToolCallFragment } from './schema.ts';

export type StreamReader = {
  feed(bytes: Buffer): void;
  /** The answer is complete, or broken beyond repair: nothing more is read. */
  readonly ended: boolean;
  /** The outcome when nothing more comes. */
  outcome(): ChatOutcome;
};

export type StreamReaderOptions = {
  readonly model: string;
  readonly apiKey: string;
  readonly onDelta: (content: DeltaContent) => void;
};

type CallParts = { id: string; name: string; argumentsText: string };

/** An event that is not finished after this many characters is no chat completion chunk. */
const MAX_EVENT_UNITS = 8 * 1024 * 1024;

/** Reads a stream of `chat.completion.chunk` events (OpenAI API reference) into deltas and one answer. */
export function createStreamReader({ model, apiKey, onDelta }: StreamReaderOptions): StreamReader {
  // Keeps a character whose bytes lie in two chunks together.
  const decoder = new StringDecoder('utf8');
  const calls = new Map<number, CallParts>();
  let broken: Failure | undefined;
  let done = false;
  let text = '';
  let reasoningText: string | null = null;
  let finishReason: ChatResult['finishReason'] | undefined;
  let usage: Usage | null = null;
  let answeredBy = model;
  let responseId: string | null = null;

  const parser = createParser({
    maxBufferSize: MAX_EVENT_UNITS,
    onEvent: ({ data }) => readEvent(data),
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') malformed('an event that does not end');
    },
  });

  function malformed(what: string): void {
    broken ??= failure('provider_malformed', `The provider's stream contains ${what}.`);
  }

  function readEvent(data: string): void {
    if (broken || done) return;
    if (data === '[DONE]') {
      done = true;
      return;
    }
    const parsed = chunkSchema.safeParse(parseJson(withoutKey(data, apiKey)));
    if (!parsed.success) malformed('an event that is no chat completion chunk');
    else if (parsed.data.error) broken = failureOfError(null, parsed.data.error, apiKey);
    else readChunk(parsed.data);
  }

  function readChunk(chunk: Chunk): void {
    responseId ??= chunk.id ?? null;
    if (chunk.model) answeredBy = chunk.model;
    // With the finish chunk, or in a last one without choices.
    if (chunk.usage) usage = usageOf(chunk.usage);
    const choice = chunk.choices?.[0];
    if (!choice) return;
    const content = choice.delta ? contentOf(choice.delta) : null;
    if (content) onDelta(content);
    if (choice.finish_reason) finishReason = finishReasonOf(choice.finish_reason);
  }

  function contentOf(delta: ChunkDelta): DeltaContent | null {
    const content: DeltaContent = {};
    const more = textOf(delta.content) || (delta.refusal ?? '');
    if (more !== '') {
      content.text = more;
      text += more;
    }
    const thought = delta.reasoning_content || delta.reasoning;
    if (thought) {
      content.reasoningText = thought;
      reasoningText = (reasoningText ?? '') + thought;
    }
    if (delta.tool_calls?.length) {
      content.toolCalls = delta.tool_calls.map((fragment, place) => addFragment(fragment, place));
    }
    return more !== '' || thought || content.toolCalls ? content : null;
  }

  function addFragment(
    { id, index, function: part }: ToolCallFragment,
    place: number,
  ): NonNullable<DeltaContent['toolCalls']>[number] {
    const at = index ?? place;
    const call = calls.get(at) ?? { id: '', name: '', argumentsText: '' };
    calls.set(at, call);
    const argumentsDelta = argumentsTextOf(part?.arguments);
    if (id) call.id = id;
    if (part?.name) call.name = part.name;
    call.argumentsText += argumentsDelta;
    return {
      index: at,
      ...(id && { id }),
      ...(part?.name && { name: part.name }),
      ...(argumentsDelta && { argumentsDelta }),
    };
  }

  return {
    get ended() {
      return done || broken !== undefined;
    },
    feed(bytes) {
      if (!done && !broken) parser.feed(decoder.write(bytes));
    },
    outcome() {
      // Some servers leave out the empty line after the last event.
      if (!done && !broken) parser.reset({ consume: true });
      if (broken) return failed(broken);
      if (!finishReason) {
        return failed(failure('provider_truncated', "The provider's stream ended without a finish reason."));
      }
      const toolCalls = [...calls]
        .sort(([a], [b]) => a - b)
        .map(([index, call]) => toolCallOf(call.id || `call_${index}`, call.name, call.argumentsText));
      return outcomeOfAnswer({
        responseId,
        model: answeredBy,
        text,
        reasoningText,
        toolCalls,
        finishReason,
        usage,
      });
    },
  };
}
