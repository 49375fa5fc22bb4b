import type { Structured } from '@sluice/contracts';
import { type Failure, failure } from '../job/failure.ts';
import type { ChatAnswer, ChatCall, ChatOutcome } from '../providers/provider.ts';
import { sumOfUsage } from '../providers/sum-of-usage.ts';
import {
  decideRepair,
  firstOfText,
  type JsonFormat,
  type Misfit,
  misfitMessage,
  repairMessages,
} from './decide-repair.ts';
import { readStructured, type TeamChecks } from './read-structured.ts';

/** An answer with the value that its format asked for; `structured` is not there where none is due. */
export type StructuredAnswer = ChatAnswer & { readonly json: unknown; readonly structured?: Structured };

export type StructuredOutcome =
  | { readonly ok: true; readonly answer: StructuredAnswer }
  | { readonly ok: false; readonly failure: Failure };

/**
 * A chat whose answer must be JSON: read, checked, and, where it does not fit, corrected by one more call, which is
 * shown the answer and its faults. Both calls are one attempt: they share its bounds, and their usage is added up. The
 * text stays that of the first answer, which a stream has already shown; only `json` is the corrected one. What never
 * fits is `output_invalid`, with the text. Rejects with the signal's reason.
 */
export async function structuredChat(
  chat: (call: ChatCall) => Promise<ChatOutcome>,
  call: ChatCall & { readonly responseFormat: JsonFormat },
  schemas: TeamChecks,
): Promise<StructuredOutcome> {
  const { responseFormat: format, signal } = call;
  if (format.type === 'json_schema') {
    const refusal = await schemas.refusal(format.schema);
    if (refusal !== null) return refused(failure('malformed', `responseFormat.schema: ${refusal}`));
  }
  signal.throwIfAborted();
  const first = await chat(call);
  if (!first.ok) return first;
  const { answer } = first;
  // A model that calls a tool has not answered yet, and one that was stopped will not.
  if (answer.finishReason === 'content_filter' || answer.toolCalls.length > 0) {
    return { ok: true, answer: { ...answer, json: null } };
  }
  const asked = answer.responseFormatDropped ? 'words' : 'native';
  const reading = await readStructured(schemas, format, answer.text);
  signal.throwIfAborted();
  if (reading.fits) {
    const { value, source } = reading.found;
    return { ok: true, answer: { ...answer, json: value, structured: { source, responseFormat: asked } } };
  }
  const { misfit } = reading;
  if (decideRepair(answer.finishReason, misfit) === 'fail') return unusable(answer, misfit, false);

  const second = await chat({
    ...call,
    messages: repairMessages(call.messages, answer.text, misfit),
    ...(call.tools && { toolChoice: 'none' as const }),
    onDelta: () => undefined,
  });
  if (!second.ok) return withAnswer(second.failure, answer, misfit);
  const both = { ...answer, usage: sumOfUsage(answer.usage, second.answer.usage) };
  const corrected = await readStructured(schemas, format, second.answer.text);
  signal.throwIfAborted();
  if (!corrected.fits) return unusable(both, misfit, true);
  const structured = { source: 'repair' as const, responseFormat: asked } as const;
  return { ok: true, answer: { ...both, json: corrected.found.value, structured } };
}

const refused = (refusal: Failure): StructuredOutcome => ({ ok: false, failure: refusal });

function unusable(answer: ChatAnswer, misfit: Misfit, repaired: boolean): StructuredOutcome {
  const message = misfitMessage(answer.finishReason, misfit, repaired);
  return refused(keeping(failure('output_invalid', message), answer, misfit));
}

/** A correction that failed in a way that may pass is tried again with the whole attempt; else the answer counts. */
function withAnswer(repair: Failure, answer: ChatAnswer, misfit: Misfit): StructuredOutcome {
  if (repair.error.retryable) return refused(keeping(repair, answer, misfit));
  const message = `${misfitMessage(answer.finishReason, misfit, false)} It could not be corrected: ${repair.error.message}`;
  return refused(keeping(failure('output_invalid', message), answer, misfit));
}

function keeping(why: Failure, { text, usage, model }: ChatAnswer, { faults }: Misfit): Failure {
  const error = { ...why.error, text: firstOfText(text), details: [...faults] };
  return { ...why, error, ...(usage && { used: { usage, model } }) };
}
