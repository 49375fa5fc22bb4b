import { z } from 'zod';
import { wireErrorSchema } from '../error-schema.ts';
import { usageSchema } from '../usage.ts';

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

/** Usage stands beside the choices; Kimi's streams have it in the choice, and Groq's under a name of its own. */
const usages = {
  usage: usageSchema,
  x_groq: z.object({ usage: usageSchema }).nullish().catch(null),
};
const ending = { finish_reason: z.string().nullish(), usage: usageSchema };

export const completionSchema = z.object({
  id: z.string().nullish().catch(null),
  model: z.string().nullish(),
  choices: z.array(z.object({ message, ...ending })).min(1),
  ...usages,
});

export const chunkSchema = z.object({
  id: z.string().nullish().catch(null),
  model: z.string().nullish(),
  choices: z.array(z.object({ delta: message.nullish(), ...ending })).nullish(),
  ...usages,
  error: wireErrorSchema.nullish(),
});
export type Chunk = z.infer<typeof chunkSchema>;
export type WireCompletion = z.infer<typeof completionSchema>;
export type WireContent = z.infer<typeof content>;
