import type { ChatResult } from '@sluice/contracts';
import { type Failure, failure } from '../../../job/failure.ts';
import { type AnswerBuilder, buildAnswer } from '../../answer-builder.ts';
import { parseJson } from '../../answer-failures.ts';
import { type ReaderContext, readEventStream, type StreamReader } from '../../event-stream-reader.ts';
import { type ChatOutcome, failed } from '../../provider.ts';
import { failureOfBody, failureOfError } from '../errors.ts';
import { countersOf } from '../usage.ts';
import { eventSchema, responseSchema, type WireEvent, type WireItem, type WireResponse } from './schema.ts';
import { sealOf } from './to-request.ts';

/** The outcome of a whole answer with a 200. */
export function readResponse(text: string, context: Omit<ReaderContext, 'onDelta'>): ChatOutcome {
  const body = parseJson(text);
  const response = responseSchema.safeParse(body).data;
  if (!response || (!response.output && !response.error && response.output_text == null)) {
    return failed(failureOfBody(body, context.apiKey, 'a response'));
  }
  const answer = buildAnswer({ ...context, onDelta: () => undefined });
  readOutput(response, answer);
  const broken = readEnd(response, answer, context.apiKey);
  return broken ? failed(broken) : answer.outcome();
}

/** Reads a stream of `response.*` events (OpenAI API reference, Streaming events). */
export function readResponseStream(context: ReaderContext): StreamReader {
  let said = false;
  let reasoned = false;
  /** Calls whose arguments came, by output index. */
  const argued = new Set<number>();

  /** The finished item of a call: servers that send no deltas of its arguments put them here. */
  function readCallEnd({ item, output_index: index = 0 }: WireEvent, answer: AnswerBuilder): void {
    if (item?.type !== 'function_call') return;
    if (!answer.hasCall(index)) readCallHead({ type: '', item, output_index: index }, answer);
    if (!argued.has(index)) answer.toolCall({ index, argumentsDelta: item.arguments ?? undefined });
  }

  return readEventStream(context, ({ data }, answer) => {
    const parsed = eventSchema.safeParse(parseJson(data));
    if (!parsed.success) return data === '[DONE]' ? 'end' : 'malformed';
    const event = parsed.data;
    switch (event.type) {
      case 'response.output_text.delta':
        said = true;
        answer.text(event.delta ?? '');
        return undefined;
      case 'response.refusal.delta':
        said = true;
        answer.refusal(event.delta ?? '');
        return undefined;
      case 'response.reasoning_summary_text.delta':
      case 'response.reasoning_text.delta':
        reasoned = true;
        answer.reasoning(event.delta ?? '');
        return undefined;
      case 'response.output_item.added':
        readCallHead(event, answer);
        return undefined;
      case 'response.function_call_arguments.delta':
        argued.add(event.output_index ?? 0);
        answer.toolCall({ index: event.output_index ?? 0, argumentsDelta: event.delta });
        return undefined;
      case 'response.output_item.done':
        if (event.item) readSeal(event.item, answer);
        readCallEnd(event, answer);
        return undefined;
      case 'error':
        return failureOfError(
          200,
          event.error ?? { message: event.message, code: event.code },
          context.apiKey,
        );
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed': {
        const { response } = event;
        if (!response) return 'malformed';
        // Servers that send no deltas put the whole answer here.
        if (!reasoned) readReasoning(response, answer);
        if (!said && answer.calls === 0) readTexts(response, answer);
        return readEnd(response, answer, context.apiKey) ?? 'end';
      }
      default:
        return undefined;
    }
  });
}

function readCallHead({ item, output_index: index = 0 }: WireEvent, answer: AnswerBuilder): void {
  if (item?.type !== 'function_call') return;
  answer.toolCall({ index, id: item.call_id ?? undefined, name: item.name ?? undefined });
}

function readOutput(response: WireResponse, answer: AnswerBuilder): void {
  readReasoning(response, answer);
  for (const item of response.output ?? []) readSeal(item, answer);
  readTexts(response, answer);
}

function readReasoning({ output }: WireResponse, answer: AnswerBuilder): void {
  for (const { type, summary, content } of output ?? []) {
    if (type === 'reasoning') answer.reasoning(textOf(summary) || textOf(content));
  }
}

/** From the parts, or from `output_text` where a server sends that alone. */
function readTexts(response: WireResponse, answer: AnswerBuilder): void {
  const messages = (response.output ?? []).filter(({ type }) => type === 'message');
  const parts = messages.flatMap(({ content }) => content ?? []);
  answer.text(textOf(parts) || (response.output_text ?? ''));
  for (const { refusal } of parts) answer.refusal(refusal ?? '');
  for (const [index, item] of (response.output ?? []).entries()) {
    if (item.type !== 'function_call') continue;
    answer.toolCall({
      index,
      id: item.call_id ?? undefined,
      name: item.name ?? undefined,
      argumentsDelta: item.arguments ?? undefined,
    });
  }
}

function readSeal(
  { type, id, encrypted_content: encrypted, summary }: WireItem,
  answer: AnswerBuilder,
): void {
  if (type !== 'reasoning' || !id || !encrypted) return;
  answer.reasoningPart({ text: textOf(summary), signature: sealOf(id, encrypted) });
}

function readEnd(response: WireResponse, answer: AnswerBuilder, apiKey: string): Failure | undefined {
  if (response.id) answer.responseId(response.id);
  if (response.model) answer.model(response.model);
  if (response.usage) answer.usage(countersOf(response.usage));
  if (response.error) return failureOfError(200, response.error, apiKey);
  if (response.status === 'failed' || response.status === 'cancelled') {
    return failure('provider_unavailable', `The provider's response ended as ${response.status}.`);
  }
  answer.finish(finishReasonOf(response, answer.calls > 0));
  return undefined;
}

function finishReasonOf(response: WireResponse, called: boolean): ChatResult['finishReason'] {
  if (response.status === 'incomplete') {
    return response.incomplete_details?.reason === 'content_filter' ? 'content_filter' : 'length';
  }
  return called ? 'tool_calls' : 'stop';
}

function textOf(parts: WireItem['content']): string {
  return parts?.map(({ text }) => text ?? '').join('') ?? '';
}
