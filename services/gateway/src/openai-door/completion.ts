import type { ChatResult, Job, ReasoningPart, ToolCall } from '@sluice/contracts';
import { usageOf } from './usage.ts';

/** A job's id as that of a completion; the job is found again without the prefix. */
export const completionId = (jobId: string): string => `chatcmpl-${jobId}`;
/** When a job was made, in seconds since 1970. */
export const createdOf = (createdAt: string): number => Math.floor(Date.parse(createdAt) / 1000);

/** A finished chat as a `chat.completion` (OpenAI API reference). `wantsJson`: a response format was asked for. */
export function completionOf({ id, createdAt }: Job, result: ChatResult, wantsJson: boolean): object {
  const { text, reasoningText, reasoning, toolCalls, finishReason, model, usage } = result;
  const content = wantsJson ? jsonTextOf(result) : text;
  return {
    id: completionId(id),
    object: 'chat.completion',
    created: createdOf(createdAt),
    model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: content === '' && toolCalls.length > 0 ? null : content,
          refusal: null,
          // As DeepSeek names it, and after it most servers of open models.
          ...(reasoningText !== null && { reasoning_content: reasoningText }),
          ...(reasoning && { reasoning_details: reasoning.map(reasoningDetail) }),
          ...(toolCalls.length > 0 && { tool_calls: toolCalls.map(toolCallOf) }),
        },
        logprobs: null,
        finish_reason: finishReason,
      },
    ],
    ...(usage && { usage: usageOf(usage) }),
  };
}

/** A step of reasoning to be sent back as it is, in OpenRouter's form (its guide "Reasoning tokens"). */
export function reasoningDetail({ text, signature, redacted }: ReasoningPart): object {
  const sealed = redacted === true;
  return {
    type: sealed ? 'reasoning.encrypted' : 'reasoning.text',
    ...(sealed ? { data: signature ?? '' } : { text, ...(signature !== undefined && { signature }) }),
  };
}

function toolCallOf({ id, name, argumentsText, signature }: ToolCall): object {
  return {
    id,
    type: 'function',
    function: { name, arguments: argumentsText === '' ? '{}' : argumentsText },
    ...(signature !== undefined && signatureOf(signature)),
  };
}

/** A call's seal where Google's own OpenAI-compatible API has it ("Thought signatures", Gemini API). */
export const signatureOf = (signature: string) => ({
  extra_content: { google: { thought_signature: signature } },
});

/** Clients parse the text themselves: what was taken out of a code fence, or corrected, is handed on alone. */
function jsonTextOf({ text, json, structured }: ChatResult): string {
  return structured && structured.source !== 'whole' ? JSON.stringify(json) : text;
}
