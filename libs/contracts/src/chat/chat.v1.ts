import { z } from 'zod';
import {
  chatMessageBodySchema,
  chatMessageSchema,
  reasoningPartSchema,
  responseFormatSchema,
  toolChoiceSchema,
  toolSchema,
} from './message.v1.ts';

/** Generation parameters; each is left out of the provider's request when it is not given. */
export const chatParamsSchema = z.strictObject({
  temperature: z.number().min(0).max(2).optional(),
  topP: z.number().min(0).max(1).optional(),
  maxTokens: z.int().min(1).max(1_000_000).optional(),
  presencePenalty: z.number().min(-2).max(2).optional(),
  frequencyPenalty: z.number().min(-2).max(2).optional(),
  reasoningEffort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']).optional(),
  seed: z.int().optional(),
  /** Texts at which the model stops. */
  stop: z.array(z.string().min(1).max(256)).min(1).max(16).optional(),
});
export type ChatParams = z.infer<typeof chatParamsSchema>;

const toolSettings = {
  tools: z.array(toolSchema).min(1).max(128).optional(),
  toolChoice: toolChoiceSchema.optional(),
  responseFormat: responseFormatSchema.optional(),
};

/** The input of a job of kind `chat`, whichever door it came through. */
export const chatInputSchema = z.object({
  messages: z.array(chatMessageSchema).min(1),
  params: chatParamsSchema.optional(),
  ...toolSettings,
});
export type ChatInput = z.infer<typeof chatInputSchema>;

export const FINISH_REASONS = ['stop', 'length', 'tool_calls', 'content_filter', 'error'] as const;

/** Tokens as the provider counted them; a counter that it did not send is null, never guessed. */
export const usageSchema = z.object({
  inputTokens: z.int().nonnegative().nullable(),
  outputTokens: z.int().nonnegative().nullable(),
  totalTokens: z.int().nonnegative().nullable(),
  cachedInputTokens: z.int().nonnegative().nullable(),
  reasoningTokens: z.int().nonnegative().nullable(),
  /** Where a provider bills what it puts into its cache, and counts it apart from the input (Anthropic). */
  cacheWriteTokens: z.int().nonnegative().nullable().optional(),
});
export type Usage = z.infer<typeof usageSchema>;

/** What a call cost. Null wherever it stands: the price, or a counter that it needs, is not known; never a guess. */
export const costSchema = z.object({
  /** Without the noise of binary fractions: to 1e-9. */
  amount: z.number().nonnegative(),
  /** ISO 4217. */
  currency: z.string(),
});
export type Cost = z.infer<typeof costSchema>;

export const toolCallSchema = z.object({
  id: z.string(),
  name: z.string(),
  arguments: z.unknown(),
  argumentsText: z.string(),
  /** The provider's seal of the reasoning that led to the call (Gemini), to be sent back with it. */
  signature: z.string().optional(),
});
export type ToolCall = z.infer<typeof toolCallSchema>;

/**
 * Where in the answer the JSON was found: it was the `whole` of it, in a code `fence`, or in `prose`; or the model
 * corrected its answer in a second call (`repair`). `responseFormat`: the provider took it, or was asked in words.
 */
export const structuredSchema = z.object({
  source: z.enum(['whole', 'fence', 'prose', 'repair']),
  responseFormat: z.enum(['native', 'words']),
});
export type Structured = z.infer<typeof structuredSchema>;

export const chatResultSchema = z.object({
  text: z.string(),
  reasoningText: z.string().nullable(),
  /** Steps of reasoning that the provider wants back with the answer, sealed or not; left out where it wants none. */
  reasoning: z.array(reasoningPartSchema).optional(),
  toolCalls: z.array(toolCallSchema),
  /** The answer as the response format asked for it; null where none was asked for, or nothing was answered. */
  json: z.unknown().nullable(),
  /** How `json` came about; there when it is. */
  structured: structuredSchema.optional(),
  finishReason: z.enum(FINISH_REASONS),
  provider: z.string(),
  model: z.string(),
  usage: usageSchema.nullable(),
  cost: costSchema.nullable(),
});
export type ChatResult = z.infer<typeof chatResultSchema>;

/** What a body of `/api` says of a chat itself. */
export const chatBodyInput = {
  messages: z.array(chatMessageBodySchema).min(1).max(50),
  params: chatParamsSchema.optional(),
  ...toolSettings,
};

/** What a body of `/api` says of the job that it makes, whatever its kind. */
export const jobBodySettings = {
  aiProfileId: z.string().min(1).max(64),
  stream: z.boolean().optional(),
  /** What becomes of the job when the client that waits for it, or streams it, leaves before its end. */
  onDisconnect: z.enum(['continue', 'cancel']).optional(),
  maxAttempts: z.int().min(1).max(10).optional(),
  deadlineAt: z.iso.datetime().optional(),
  metadata: z.record(z.string().max(64), z.string().max(512)).optional(),
};
export type JobSettings = z.infer<z.ZodObject<typeof jobBodySettings>>;

/** Body of `POST /api/llm/chat`. */
export const chatBodySchema = z.strictObject({ ...chatBodyInput, ...jobBodySettings });
export type ChatBody = z.infer<typeof chatBodySchema>;
