import { AppError } from '@sluice/contracts';
import { z } from 'zod';
import type { RequestMessage } from './request-schema.ts';

const imagePart = z.object({
  type: z.literal('image_url'),
  image_url: z.union([z.string(), z.object({ url: z.string() })]),
});
const textPart = z.object({ type: z.literal('text'), text: z.string() });
const refusalPart = z.object({ type: z.literal('refusal'), refusal: z.string() });
const PARTS: Readonly<Record<string, z.ZodType<Part>>> = {
  text: textPart,
  image_url: imagePart,
  refusal: refusalPart,
};
type Part = z.infer<typeof textPart> | z.infer<typeof imagePart> | z.infer<typeof refusalPart>;

/** A message in the internal form, not yet held to its bounds. Errors: validation_failed. */
export function toMessage(message: RequestMessage, index: number): object {
  const content = message.content == null ? message.content : contentOf(message.content, index);
  switch (message.role) {
    case 'developer':
    case 'system':
      return { role: 'system', content };
    case 'user':
      return { role: 'user', content };
    case 'tool':
      return { role: 'tool', toolCallId: message.tool_call_id, content };
    case 'assistant': {
      const { refusal, tool_calls: calls } = message;
      const reasoning = reasoningOf(message);
      return {
        role: 'assistant',
        content: content ?? refusal ?? null,
        ...(calls?.length && { toolCalls: calls.map(toToolCall) }),
        ...(reasoning.length > 0 && { reasoning }),
      };
    }
  }
}

type Content = NonNullable<RequestMessage['content']>;

function contentOf(content: Content, index: number): unknown {
  if (typeof content === 'string') return content;
  return content.map((part, place) => {
    const path = `messages.${index}.content.${place}`;
    const schema = Object.hasOwn(PARTS, part.type) ? PARTS[part.type] : undefined;
    if (!schema) throw fault(`${path}.type`, `${part.type} is not served; send text and image_url`);
    const parsed = schema.safeParse(part);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw fault([path, ...(issue?.path ?? [])].join('.'), issue?.message ?? 'does not fit');
    }
    return toPart(parsed.data);
  });
}

/** `detail` of an image is a matter of cost, which no other provider knows. */
function toPart(part: Part): object {
  if (part.type === 'text') return { type: 'text', text: part.text };
  if (part.type === 'refusal') return { type: 'text', text: part.refusal };
  const { image_url: image } = part;
  return { type: 'image', url: typeof image === 'string' ? image : image.url };
}

type Assistant = Extract<RequestMessage, { role: 'assistant' }>;

function toToolCall({ id, function: called, extra_content: extra }: SentCall): object {
  const signature = extra?.google?.thought_signature;
  const { name, arguments: argumentsText } = called;
  return { id, name, argumentsText, ...(signature !== undefined && { signature }) };
}
type SentCall = NonNullable<Assistant['tool_calls']>[number];

/** The details say more than the text alone, which DeepSeek and Kimi want back. */
function reasoningOf({ reasoning_content: text, reasoning_details: details }: Assistant): object[] {
  const reasoning = details?.flatMap(toReasoning) ?? [];
  return reasoning.length === 0 && text ? [{ text }] : reasoning;
}

/** What came as `reasoning_details`; forms of other servers mean nothing to a provider. */
function toReasoning({ type, text, data, signature }: SentReasoning): object[] {
  if (type === 'reasoning.encrypted' && data) return [{ text: '', signature: data, redacted: true }];
  if (type !== 'reasoning.text') return [];
  return [{ text: text ?? '', ...(signature != null && { signature }) }];
}
type SentReasoning = NonNullable<Assistant['reasoning_details']>[number];

function fault(path: string, message: string): AppError {
  return new AppError('validation_failed', `${path}: ${message}`, { details: [{ path, message }] });
}
