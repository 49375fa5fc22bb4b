import type { ChatMessage, ResponseFormat } from '@sluice/contracts';

/**
 * The conversation with the wish for JSON said in words, for a server that takes no response format, and for
 * `json_object`, which the API refuses unless the word stands somewhere (OpenAI's guide to JSON mode).
 */
export function askInWords(messages: readonly ChatMessage[], format: ResponseFormat): readonly ChatMessage[] {
  if (format.type === 'text') return messages;
  const form =
    format.type === 'json_schema' ? ` that fits this JSON Schema: ${JSON.stringify(format.schema)}` : '';
  const content = `Answer with one JSON document${form}. Write nothing before it and nothing after it.`;
  return [{ role: 'system', content }, ...messages];
}

/** Whether any message speaks of JSON already. */
export function saysJson(messages: readonly ChatMessage[]): boolean {
  return /json/i.test(JSON.stringify(messages.map(({ content }) => content)));
}
