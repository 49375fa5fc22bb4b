/**
 * Every telemetry name Sluice writes itself. The OpenTelemetry ones follow semantic conventions 1.45
 * (a unit test compares them with that package); they are literals here because importing its
 * incubating entry costs each process about 10 ms at start.
 */

/** Sluice's own span attributes, the same on every span of a request or job. */
export const SLUICE = {
  requestId: 'sluice.request_id',
  jobId: 'sluice.job_id',
  teamId: 'sluice.team_id',
  jobKind: 'sluice.job_kind',
  jobPriority: 'sluice.job_priority',
  attempt: 'sluice.attempt',
  aiProfileId: 'sluice.ai_profile_id',
  runnerId: 'sluice.runner_id',
} as const;

/** `messaging.system` was renamed to `messaging.system.name` in 1.45; both are written while backends move. */
export const MESSAGING = {
  system: 'messaging.system',
  systemName: 'messaging.system.name',
  operationType: 'messaging.operation.type',
  operationName: 'messaging.operation.name',
  destinationName: 'messaging.destination.name',
  destinationTemplate: 'messaging.destination.template',
  consumerGroupName: 'messaging.consumer.group.name',
  messageId: 'messaging.message.id',
  messageBodySize: 'messaging.message.body.size',
  batchMessageCount: 'messaging.batch.message_count',
} as const;

/** The GenAI conventions live in a repository of their own since 1.45; the names are unchanged. */
export const GEN_AI = {
  operationName: 'gen_ai.operation.name',
  providerName: 'gen_ai.provider.name',
  outputType: 'gen_ai.output.type',
  requestModel: 'gen_ai.request.model',
  requestStream: 'gen_ai.request.stream',
  requestMaxTokens: 'gen_ai.request.max_tokens',
  requestTemperature: 'gen_ai.request.temperature',
  requestTopP: 'gen_ai.request.top_p',
  responseId: 'gen_ai.response.id',
  responseModel: 'gen_ai.response.model',
  responseFinishReasons: 'gen_ai.response.finish_reasons',
  /** Seconds. */
  responseTimeToFirstChunk: 'gen_ai.response.time_to_first_chunk',
  usageInputTokens: 'gen_ai.usage.input_tokens',
  usageOutputTokens: 'gen_ai.usage.output_tokens',
  usageCacheReadInputTokens: 'gen_ai.usage.cache_read.input_tokens',
  usageReasoningOutputTokens: 'gen_ai.usage.reasoning.output_tokens',
} as const;

export const HTTP_ROUTE = 'http.route';
export const ERROR_TYPE = 'error.type';
export const URL_FULL = 'url.full';
export const URL_PATH = 'url.path';
export const URL_QUERY = 'url.query';
export const SERVICE_NAME = 'service.name';
export const SERVICE_VERSION = 'service.version';
export const EXCEPTION = {
  event: 'exception',
  type: 'exception.type',
  message: 'exception.message',
} as const;

const wellKnownProviders: Readonly<Record<string, string>> = {
  azure_openai: 'azure.ai.openai',
  bedrock: 'aws.bedrock',
  gemini: 'gcp.gemini',
  mistral: 'mistral_ai',
  xai: 'x_ai',
};

/** The `gen_ai.provider.name` of one of Sluice's providers; one the conventions do not list keeps its name. */
export function genAiProviderName(provider: string): string {
  return wellKnownProviders[provider] ?? provider;
}
