import { apiUrl } from '../api-url.ts';
import { type AdapterDeps, exchangeChat } from '../chat-exchange.ts';
import { failed, type Provider } from '../provider.ts';
import { failureOfAnswer } from './errors.ts';
import { readContent, readContentStream } from './read-answer.ts';
import { generateRequest } from './to-request.ts';

/** Google's Gemini API: `generateContent` and `streamGenerateContent?alt=sse`. */
export function createGemini(deps: AdapterDeps): Provider {
  return {
    chat: (call) => {
      const { model, apiKey, stream } = call;
      return exchangeChat(deps, call, {
        url: urlOf(call.baseUrl, model, stream),
        headers: { 'x-goog-api-key': apiKey },
        body: generateRequest(call),
        openStream: (onDelta) => readContentStream({ model, apiKey, onDelta }),
        readBody: (text) => readContent(text, { model, apiKey }),
        readError: (status, headers, text) => failed(failureOfAnswer(status, headers, text, apiKey)),
      });
    },
  };
}

function urlOf(baseUrl: string, model: string, stream: boolean): URL {
  const name = model.startsWith('models/') ? model.slice('models/'.length) : model;
  const method = stream ? 'streamGenerateContent' : 'generateContent';
  const url = apiUrl(baseUrl, '/v1beta', `/models/${encodeURIComponent(name)}:${method}`);
  if (stream) url.searchParams.set('alt', 'sse');
  return url;
}
