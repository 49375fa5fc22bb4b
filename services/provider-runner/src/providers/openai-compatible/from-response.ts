import type { ChatResult, Usage } from '@sluice/contracts';
import { failure } from '../../job/failure.ts';
import { type ChatAnswer, type ChatOutcome, failed } from '../provider.ts';
import { failureOfError, parseJson, withoutKey } from './errors.ts';
import { completionSchema, errorBodySchema, type WireContent, type WireUsage } from './schema.ts';

/** The outcome of a whole answer with a 200. */
export function outcomeOfBody(text: string, model: string, apiKey: string): ChatOutcome {
  const body = parseJson(withoutKey(text, apiKey));
  const parsed = completionSchema.safeParse(body);
  const completion = parsed.data;
  const choice = completion?.choices[0];
  if (!completion || !choice) {
    const error = errorBodySchema.safeParse(body);
    return failed(
      error.success
        ? failureOfError(null, error.data.error, apiKey)
        : failure('provider_malformed', 'The provider answered 200 without a chat completion.'),
    );
  }
  const { message } = choice;
  return outcomeOfAnswer({
    responseId: completion.id ?? null,
    model: completion.model || model,
    text: textOf(message.content) || (message.refusal ?? ''),
    reasoningText: message.reasoning_content ?? message.reasoning ?? null,
    toolCalls: (message.tool_calls ?? []).map(({ id, function: call }, index) =>
      toolCallOf(id ?? `call_${index}`, call?.name ?? '', argumentsTextOf(call?.arguments)),
    ),
    finishReason: finishReasonOf(choice.finish_reason ?? 'stop'),
    usage: usageOf(completion.usage),
  });
}

/** An answer that ended with `stop` and says nothing is a failure that may pass. */
export function outcomeOfAnswer(answer: ChatAnswer): ChatOutcome {
  const empty = answer.finishReason === 'stop' && answer.text === '' && answer.toolCalls.length === 0;
  return empty
    ? failed(failure('provider_empty_answer', 'The provider answered without text and without a tool call.'))
    : { ok: true, answer };
}

export function textOf(content: WireContent): string {
  if (typeof content === 'string') return content;
  return content?.map((part) => (part.type === 'text' ? (part.text ?? '') : '')).join('') ?? '';
}

export function argumentsTextOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

export function toolCallOf(id: string, name: string, argumentsText: string): ChatResult['toolCalls'][number] {
  return { id, name, arguments: parseJson(argumentsText) ?? null, argumentsText };
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
export function finishReasonOf(reason: string): ChatResult['finishReason'] {
  return FINISH_REASONS[reason] ?? 'stop';
}

export function usageOf(usage: WireUsage): Usage | null {
  if (!usage) return null;
  return {
    inputTokens: usage.prompt_tokens ?? null,
    outputTokens: usage.completion_tokens ?? null,
    totalTokens: usage.total_tokens ?? null,
    cachedInputTokens: usage.prompt_tokens_details?.cached_tokens ?? usage.prompt_cache_hit_tokens ?? null,
    reasoningTokens: usage.completion_tokens_details?.reasoning_tokens ?? null,
  };
}
