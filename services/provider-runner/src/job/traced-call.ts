import { ERROR_TYPE, GEN_AI, genAiProviderName, SpanKind, withSpan } from '@sluice/telemetry';
import type { ImageAnswer, Outcome } from '../providers/provider.ts';
import type { CallContext } from './call-provider.ts';

/** A call within its GenAI client span (OpenTelemetry GenAI conventions: `{operation} {model}`). */
export function tracedCall<Answer extends Pick<ImageAnswer, 'model' | 'usage'>>(
  { span: attempt, opened }: CallContext,
  { operation, model }: { operation: 'embeddings' | 'generate_content'; model: string },
  call: () => Promise<Outcome<Answer>>,
): Promise<Outcome<Answer>> {
  if (!attempt.isRecording()) return call();
  const attributes = {
    [GEN_AI.operationName]: operation,
    [GEN_AI.providerName]: genAiProviderName(opened.profile.provider),
    [GEN_AI.requestModel]: model,
    ...(operation === 'generate_content' && { [GEN_AI.outputType]: 'image' }),
  };
  return withSpan(`${operation} ${model}`, { kind: SpanKind.CLIENT, attributes }, async (span) => {
    const outcome = await call();
    if (!outcome.ok) {
      span.setAttribute(ERROR_TYPE, outcome.failure.error.code).setStatus({ code: 2 });
      return outcome;
    }
    const { usage } = outcome.answer;
    span.setAttributes({
      [GEN_AI.responseModel]: outcome.answer.model,
      ...(usage?.inputTokens != null && { [GEN_AI.usageInputTokens]: usage.inputTokens }),
      ...(usage?.outputTokens != null && { [GEN_AI.usageOutputTokens]: usage.outputTokens }),
    });
    return outcome;
  });
}
