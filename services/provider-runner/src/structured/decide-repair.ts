import type { ChatMessage, ErrorDetail, ResponseFormat } from '@sluice/contracts';

/** What is wrong with an answer; `unchecked` where nobody can say, and the model need not be asked again. */
export type Misfit = {
  readonly kind: 'no-json' | 'misfit' | 'unchecked';
  readonly faults: readonly ErrorDetail[];
};

/** A format that asks for JSON. */
export type JsonFormat = Exclude<ResponseFormat, { type: 'text' }>;

const LENGTH =
  'The answer ended at its token limit (finish reason length) before its JSON was complete; raise maxTokens.';

/**
 * Whether the model is asked once more. What ended at the token limit would end there again, and what cannot be checked
 * would not be checkable again.
 */
export function decideRepair(finishReason: string, { kind }: Misfit): 'repair' | 'fail' {
  if (kind === 'unchecked') return 'fail';
  return finishReason === 'length' && kind === 'no-json' ? 'fail' : 'repair';
}

/** The conversation that asks for the corrected document: what was asked, the answer, and what is wrong with it. */
export function repairMessages(
  messages: readonly ChatMessage[],
  answer: string,
  { faults }: Misfit,
): ChatMessage[] {
  const list = faults.map(({ path, message }) => `- ${path || 'the document'}: ${message}`).join('\n');
  const content = `Your answer is not the JSON document that was asked for:\n${list}\n\nAnswer with the corrected JSON document alone: write nothing before it and nothing after it, and no code fence.`;
  // An API may refuse a message that says nothing.
  const said: ChatMessage[] = answer.trim() === '' ? [] : [{ role: 'assistant', content: answer }];
  return [...messages, ...said, { role: 'user', content }];
}

/** Why a job ends as `output_invalid`, in a sentence. */
export function misfitMessage(finishReason: string, { kind, faults }: Misfit, repaired: boolean): string {
  const [first] = faults;
  const fault = first ? `${first.path ? `${first.path} ` : ''}${first.message}` : 'it does not fit';
  if (kind === 'unchecked') return `The answer could not be checked by its schema: ${fault}.`;
  if (kind === 'no-json' && finishReason === 'length') return LENGTH;
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more, see details)` : '';
  const again = repaired ? ' The model was asked to correct it, and did not.' : '';
  const what =
    kind === 'no-json' ? 'The answer holds no JSON' : 'The answer does not fit its response format';
  return `${what}: ${fault}${more}.${again}`;
}

/** The first 64 KB of a text as UTF-8, no character cut in half. */
export function firstOfText(text: string): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= TEXT_BYTES) return text;
  let end = TEXT_BYTES;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return new TextDecoder().decode(bytes.subarray(0, end));
}

const TEXT_BYTES = 64 * 1024;
