import type { UsageBasis } from '../../cost/decide-cost.ts';
import { type AdapterDeps, exchangeChat } from '../chat-exchange.ts';
import { type ChatCall, type ChatOutcome, failed, type Provider } from '../provider.ts';
import { embed } from './embed.ts';
import { failureOfAnswer } from './errors.ts';
import { makeImages } from './images.ts';
import { modelUrl } from './model-url.ts';
import { readContent, readContentStream } from './read-answer.ts';
import { generateRequest } from './to-request.ts';

/** What was thought is billed as output and counted beside it (API reference, UsageMetadata). */
export const USAGE: UsageBasis = { inputHoldsCached: true, outputHoldsReasoning: false };

/** Google's Gemini API: `generateContent`, `streamGenerateContent?alt=sse` and `batchEmbedContents`. */
export function createGemini(deps: AdapterDeps): Provider {
  const keyed = ({ apiKey }: { apiKey: string }) => ({ 'x-goog-api-key': apiKey });
  return {
    usageBasis: USAGE,
    chat: (call) => chat(deps, call, keyed(call)),
    images: (call) => makeImages(deps, call, keyed(call)),
    embed: (call) => embed(deps, call, keyed(call)),
  };
}

/** A conversation, with the key in these headers. */
export function chat(
  deps: AdapterDeps,
  call: ChatCall,
  headers: Readonly<Record<string, string>>,
): Promise<ChatOutcome> {
  const { baseUrl, model, apiKey, stream } = call;
  const url = modelUrl(baseUrl, model, stream ? 'streamGenerateContent' : 'generateContent');
  if (stream) url.searchParams.set('alt', 'sse');
  return exchangeChat(deps, call, {
    url,
    headers,
    body: generateRequest(call),
    openStream: (onDelta) => readContentStream({ model, apiKey, onDelta }),
    readBody: (text) => readContent(text, { model, apiKey }),
    readError: (status, fields, text) => failed(failureOfAnswer(status, fields, text, apiKey)),
  });
}
