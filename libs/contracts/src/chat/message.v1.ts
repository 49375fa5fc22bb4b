import { z } from 'zod';

/**
 * The one form in which a conversation travels, whatever provider it came from or goes to: messages with text,
 * images, reasoning, tool calls and tool results. Adapters translate it; nothing else knows a vendor's form.
 */

/** What the message routes of `/api` take of text at once, in UTF-16 units; `/v1` is bounded by the body alone. */
const CONTENT_UNITS = 20_000;
const CONTENT_PARTS = 100;
const TOOL_CALLS = 128;
/** A body's own bound: no single value can be larger. */
const BODY_BYTES = 8 * 1024 * 1024;

const IMAGE_URL = /^(https:\/\/\S+|data:image\/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2})$/;
export const imageUrlSchema = z
  .string()
  .max(BODY_BYTES)
  .regex(IMAGE_URL, 'must be an https URL, or a data URI of a png, jpeg, gif or webp image in base64');

/**
 * A step of a model's reasoning as the provider wants it back: `signature` is the provider's seal (Anthropic's thinking
 * signature, Gemini's thought signature, OpenAI's encrypted reasoning), passed on unread; `redacted` says that the text
 * is within it. A text of `''` with a signature belongs to the answer's own text.
 */
export const reasoningPartSchema = z.strictObject({
  text: z.string().max(BODY_BYTES),
  signature: z.string().max(BODY_BYTES).optional(),
  redacted: z.boolean().optional(),
});
export type ReasoningPart = z.infer<typeof reasoningPartSchema>;

const toolName = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,128}$/, 'must be 1 to 128 characters of A-Z a-z 0-9 _ . -');
const toolCallId = z.string().min(1).max(256);

/** A tool call as it is sent back: what a result's `toolCalls` holds. `argumentsText` counts where both are there. */
const sentToolCallSchema = z.strictObject({
  id: toolCallId,
  name: toolName,
  arguments: z.unknown().optional(),
  argumentsText: z.string().max(BODY_BYTES).optional(),
  signature: z.string().max(BODY_BYTES).optional(),
});

function messageSchemaOf(contentUnits: number) {
  const text = z.string().min(1).max(contentUnits);
  const textPart = z.strictObject({ type: z.literal('text'), text });
  const imagePart = z.strictObject({ type: z.literal('image'), url: imageUrlSchema });
  const parts = z
    .array(z.discriminatedUnion('type', [textPart, imagePart]))
    .min(1)
    .max(CONTENT_PARTS);
  // Told apart by what was sent, so that an error names the limit that was passed rather than "invalid input".
  const textOr = <Parts extends z.ZodType>(list: Parts) => z.union([text, list]);
  return z.discriminatedUnion('role', [
    z.strictObject({
      role: z.literal('system'),
      content: textOr(z.array(textPart).min(1).max(CONTENT_PARTS)),
    }),
    z.strictObject({ role: z.literal('user'), content: textOr(parts) }),
    z
      .strictObject({
        role: z.literal('assistant'),
        /** May be empty, or left out, beside tool calls. */
        content: z
          .union([z.string().max(contentUnits), z.array(textPart).max(CONTENT_PARTS), z.null()])
          .optional(),
        toolCalls: z.array(sentToolCallSchema).max(TOOL_CALLS).optional(),
        reasoning: z.array(reasoningPartSchema).max(CONTENT_PARTS).optional(),
      })
      .refine(({ content, toolCalls }) => (content?.length ?? 0) > 0 || (toolCalls?.length ?? 0) > 0, {
        path: ['content'],
        message: 'must not be empty, unless there are toolCalls',
      }),
    z.strictObject({
      role: z.literal('tool'),
      toolCallId,
      content: z.union([z.string().max(contentUnits), parts]),
    }),
  ]);
}

/** A message in a body of `/api`. */
export const chatMessageBodySchema = messageSchemaOf(CONTENT_UNITS);
/** A message inside Sluice, whichever door it came through. */
export const chatMessageSchema = messageSchemaOf(BODY_BYTES);
export type ChatMessage = z.infer<typeof chatMessageSchema>;

/** A JSON Schema or any other JSON object of a client's. */
const jsonObject = z.record(z.string(), z.unknown());

export const toolSchema = z.strictObject({
  name: toolName,
  description: z.string().max(CONTENT_UNITS).optional(),
  /** JSON Schema of the arguments. */
  parameters: jsonObject,
  strict: z.boolean().optional(),
});
export type Tool = z.infer<typeof toolSchema>;

export const toolChoiceSchema = z.union([
  z.enum(['auto', 'none', 'required']),
  z.strictObject({ name: toolName }),
]);
export type ToolChoice = z.infer<typeof toolChoiceSchema>;

/** `name` tells schemas apart towards providers; `strict` asks them to enforce the schema while they write. */
export const responseFormatSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({
    type: z.literal('json_schema'),
    name: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 characters of A-Z a-z 0-9 _ -'),
    description: z.string().max(2000).optional(),
    strict: z.boolean().optional(),
    /** JSON Schema, draft 2020-12. */
    schema: jsonObject,
  }),
]);
export type ResponseFormat = z.infer<typeof responseFormatSchema>;
