import type { ChatResult, DeltaContent, ToolCall } from '@sluice/contracts';
import { completionId, createdOf, reasoningDetail, signatureOf } from './completion.ts';
import { usageOf } from './usage.ts';

export type ChunkOptions = {
  readonly jobId: string;
  readonly createdAt: string;
  /** The model that is asked. */
  readonly model: string;
  readonly includeUsage: boolean;
};

type Fragment = NonNullable<DeltaContent['toolCalls']>[number];
type Sent = { named: boolean; argumentUnits: number };

/**
 * A job's output as `chat.completion.chunk`s (OpenAI API reference, "Streaming"): the role first, then content, then
 * the finish reason, then with `includeUsage` the usage in a chunk without choices. Clients join the texts of one
 * field, so that nothing is ever said twice.
 */
export function createChunks({ jobId, createdAt, model, includeUsage }: ChunkOptions) {
  const calls = new Map<number, Sent>();
  let begun = false;
  let textSent = false;
  let reasoningSent = false;

  const chunk = (choices: object[], usage: object | null = null): object => ({
    id: completionId(jobId),
    object: 'chat.completion.chunk',
    created: createdOf(createdAt),
    model,
    choices,
    ...(includeUsage && { usage }),
  });
  const choice = (delta: object, finishReason: string | null = null): object =>
    chunk([{ index: 0, delta, logprobs: null, finish_reason: finishReason }]);

  /** The role stands in a chunk of its own before everything else. */
  function begin(): object[] {
    if (begun) return [];
    begun = true;
    return [choice({ role: 'assistant', content: '', refusal: null })];
  }

  function fragmentOf({ index, id, name, argumentsDelta = '' }: Fragment): object {
    const sent = calls.get(index);
    const now = sent ?? { named: false, argumentUnits: 0 };
    const newName = now.named ? undefined : name;
    calls.set(index, {
      named: now.named || name !== undefined,
      argumentUnits: now.argumentUnits + argumentsDelta.length,
    });
    return {
      index,
      ...(!sent && { id, type: 'function' }),
      function: { ...(newName !== undefined && { name: newName }), arguments: argumentsDelta },
    };
  }

  /** What of a call no delta has brought. */
  function restOf({ id, name, argumentsText, signature }: ToolCall, index: number): object[] {
    const whole = argumentsText === '' ? '{}' : argumentsText;
    const argumentsDelta = whole.slice(calls.get(index)?.argumentUnits ?? 0);
    const isKnown = calls.get(index)?.named === true && argumentsDelta === '';
    if (isKnown && signature === undefined) return [];
    const fragment = isKnown ? { index } : fragmentOf({ index, id, name, argumentsDelta });
    return [{ ...fragment, ...(signature !== undefined && signatureOf(signature)) }];
  }

  return {
    delta({ text, reasoningText, toolCalls }: DeltaContent): object[] {
      textSent ||= text !== undefined;
      reasoningSent ||= reasoningText !== undefined;
      const delta = {
        ...(text !== undefined && { content: text }),
        ...(reasoningText !== undefined && { reasoning_content: reasoningText }),
        ...(toolCalls && { tool_calls: toolCalls.map(fragmentOf) }),
      };
      return [...begin(), choice(delta)];
    },
    /** Also what no delta has brought: a job that an earlier request made need not have been streamed. */
    finish({ text, reasoningText, toolCalls, reasoning, finishReason, usage }: ChatResult): object[] {
      const rest = toolCalls.flatMap(restOf);
      const last = {
        ...(!reasoningSent && reasoningText && { reasoning_content: reasoningText }),
        ...(!textSent && text !== '' && { content: text }),
        ...(reasoning && { reasoning_details: reasoning.map(reasoningDetail) }),
        ...(rest.length > 0 && { tool_calls: rest }),
      };
      return [
        ...begin(),
        ...(Object.keys(last).length > 0 ? [choice(last)] : []),
        choice({}, finishReason),
        ...(includeUsage && usage ? [chunk([], usageOf(usage))] : []),
      ];
    },
  };
}
