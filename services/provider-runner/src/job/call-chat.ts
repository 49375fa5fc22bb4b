import type { ChatInput, ChatResult } from '@sluice/contracts';
import type { SchemaChecker } from '@sluice/json-schema';
import { ERROR_TYPE, GEN_AI, genAiProviderName, type Span, SpanKind, withSpan } from '@sluice/telemetry';
import type { CallableProfile } from '../keys/open-profile.ts';
import type { ChatAnswer, ChatCall, ChatOutcome } from '../providers/provider.ts';
import { checksOf } from '../structured/read-structured.ts';
import { type StructuredAnswer, structuredChat } from '../structured/structured-chat.ts';
import type { AttemptOutcome, CallContext } from './call-provider.ts';
import { modelFor } from './model-for.ts';

/** A conversation, sent once; twice where its answer must be JSON and is not. */
export async function callChat(
  schemas: SchemaChecker,
  input: ChatInput,
  context: CallContext,
): Promise<AttemptOutcome> {
  const { command, opened, signal, output, span } = context;
  const { messages, params, ...settings } = input;
  const call: ChatCall = {
    ...settings,
    baseUrl: opened.profile.baseUrl,
    apiKey: opened.apiKey,
    model: modelFor(command, opened.profile),
    messages,
    params: { ...opened.profile.params, ...params },
    stream: command.stream,
    signal,
    onDelta: output.push,
  };
  const chat = (one: ChatCall) => (span.isRecording() ? tracedChat(opened, one) : opened.provider.chat(one));
  const { responseFormat } = call;
  const outcome =
    responseFormat && responseFormat.type !== 'text'
      ? await structuredChat(chat, { ...call, responseFormat }, checksOf(schemas, command.teamId))
      : await chat(call);
  return outcome.ok ? { ok: true, result: resultOf(outcome.answer, opened.profile.provider) } : outcome;
}

function resultOf(answer: ChatAnswer | StructuredAnswer, provider: string): ChatResult {
  const { responseId: _, responseFormatDropped: _dropped, ...said } = answer;
  return { json: null, ...said, provider, cost: null };
}

/** The GenAI client span (OpenTelemetry GenAI conventions: `chat {model}`); undici's HTTP span is its child. */
function tracedChat({ profile, provider }: CallableProfile, call: ChatCall): Promise<ChatOutcome> {
  const { maxTokens, temperature, topP } = call.params;
  const attributes = {
    [GEN_AI.operationName]: 'chat',
    [GEN_AI.providerName]: genAiProviderName(profile.provider),
    [GEN_AI.requestModel]: call.model,
    [GEN_AI.requestStream]: call.stream,
    ...(maxTokens !== undefined && { [GEN_AI.requestMaxTokens]: maxTokens }),
    ...(temperature !== undefined && { [GEN_AI.requestTemperature]: temperature }),
    ...(topP !== undefined && { [GEN_AI.requestTopP]: topP }),
  };
  return withSpan(`chat ${call.model}`, { kind: SpanKind.CLIENT, attributes }, async (span) => {
    const outcome = await provider.chat(call);
    if (outcome.ok) annotate(span, outcome.answer);
    else span.setAttribute(ERROR_TYPE, outcome.failure.error.code).setStatus({ code: 2 });
    return outcome;
  });
}

function annotate(span: Span, { model, finishReason, responseId, usage }: ChatAnswer): void {
  span.setAttributes({
    [GEN_AI.responseModel]: model,
    [GEN_AI.responseFinishReasons]: [finishReason],
    ...(responseId !== null && { [GEN_AI.responseId]: responseId }),
    ...(usage?.inputTokens != null && { [GEN_AI.usageInputTokens]: usage.inputTokens }),
    ...(usage?.outputTokens != null && { [GEN_AI.usageOutputTokens]: usage.outputTokens }),
  });
}
