import { type AdapterDeps, exchangeChat } from '../chat-exchange.ts';
import { failed, type Provider } from '../provider.ts';
import { readCompletion, readCompletionStream } from './chat-completions/read-answer.ts';
import { chatRequestBody, chatUrl } from './chat-completions/to-request.ts';
import { failureOfAnswer } from './errors.ts';

/** Every provider that speaks OpenAI's `POST /chat/completions`. */
export function createOpenAiCompatible(deps: AdapterDeps): Provider {
  return {
    chat: (call) => {
      const { model, apiKey } = call;
      return exchangeChat(deps, call, {
        url: chatUrl(call.baseUrl),
        headers: { authorization: `Bearer ${apiKey}` },
        body: chatRequestBody(call),
        openStream: (onDelta) => readCompletionStream({ model, apiKey, onDelta }),
        readBody: (text) => readCompletion(text, { model, apiKey }),
        readError: (status, headers, text) => failed(failureOfAnswer(status, headers, text, apiKey)),
      });
    },
  };
}
