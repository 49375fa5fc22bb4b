import type { ChatCall } from '../provider.ts';

/** Where chat completions are, below a base URL; what query it has is kept (Azure's `api-version`). */
export function chatUrl(baseUrl: string): URL {
  const url = new URL(baseUrl);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/chat/completions`;
  return url;
}

/** The body of `POST /chat/completions` (OpenAI API reference). JSON leaves out what is undefined. */
export function chatRequestBody({ model, messages, params, stream }: ChatCall): string {
  return JSON.stringify({
    model,
    messages,
    temperature: params.temperature,
    top_p: params.topP,
    // Superseded by max_completion_tokens at OpenAI itself; the compatible servers know this one.
    max_tokens: params.maxTokens,
    presence_penalty: params.presencePenalty,
    frequency_penalty: params.frequencyPenalty,
    reasoning_effort: params.reasoningEffort,
    ...(stream && { stream, stream_options: { include_usage: true } }),
  });
}
