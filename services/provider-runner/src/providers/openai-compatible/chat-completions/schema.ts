import { z } from 'zod';
import { wireErrorSchema } from '../error-schema.ts';

/**
 * The parts of OpenAI's chat completion objects that are read, as loosely as the compatible providers send them:
 * what may be absent may be null, and content may come in parts.
 */
const textParts = z.array(z.looseObject({ type: z.string(), text: z.string().optional() }));
const content = z
  .union([
    z.string(),
    z.array(
      z.looseObject({
        type: z.string(),
        text: z.string().optional(),
        thinking: z.union([z.string(), textParts]).optional().catch(undefined),
      }),
    ),
  ])
  .nullish();

const count = z.int().nonnegative().nullish().catch(null);

const usage = z
  .object({
    prompt_tokens: count,
    completion_tokens: count,
    total_tokens: count,
    prompt_tokens_details: z.object({ cached_tokens: count }).nullish().catch(null),
    completion_tokens_details: z.object({ reasoning_tokens: count }).nullish().catch(null),
    /** DeepSeek's name for cached tokens. */
    prompt_cache_hit_tokens: count,
  })
  .nullish()
  .catch(null);
export type WireUsage = z.infer<typeof usage>;

/** `arguments` is text by the API; some servers send the object. */
const callFunction = z.object({ name: z.string().nullish(), arguments: z.unknown().optional() }).nullish();

const toolCallFragment = z.object({
  index: z.int().nonnegative().nullish(),
  id: z.string().nullish(),
  function: callFunction,
});
export type ToolCallFragment = z.infer<typeof toolCallFragment>;

/** A whole message, or what a chunk adds to it. */
const message = z.object({
  content,
  /** DeepSeek, Kimi, Qwen and vLLM; `reasoning` is OpenRouter's, Groq's and Ollama's. */
  reasoning_content: z.string().nullish(),
  reasoning: z.string().nullish().catch(null),
  refusal: z.string().nullish(),
  tool_calls: z.array(toolCallFragment).nullish(),
});
export type WireMessage = z.infer<typeof message>;

export const completionSchema = z.object({
  id: z.string().nullish().catch(null),
  model: z.string().nullish(),
  choices: z.array(z.object({ message, finish_reason: z.string().nullish() })).min(1),
  usage,
});

export const chunkSchema = z.object({
  id: z.string().nullish().catch(null),
  model: z.string().nullish(),
  choices: z.array(z.object({ delta: message.nullish(), finish_reason: z.string().nullish() })).nullish(),
  usage,
  error: wireErrorSchema.nullish(),
});
export type Chunk = z.infer<typeof chunkSchema>;
export type WireContent = z.infer<typeof content>;
