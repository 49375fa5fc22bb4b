import type { UsageBasis } from '../../cost/decide-cost.ts';
import { apiUrl } from '../api-url.ts';
import { type AdapterDeps, exchangeChat } from '../chat-exchange.ts';
import { failed, type Provider } from '../provider.ts';
import { failureOfAnswer } from './errors.ts';
import { readMessage, readMessageStream } from './read-answer.ts';
import { messagesRequest } from './to-request.ts';

/** The version of the API whose answers are read here; it is frozen (API reference, Versions). */
const API_VERSION = '2023-06-01';

/** Cache tokens are counted apart, both ways; writing for five minutes costs 1.25 of an input token (Pricing). */
const USAGE: UsageBasis = { inputHoldsCached: false, outputHoldsReasoning: true, cacheWriteFactor: 1.25 };

/** Anthropic's Messages API. */
export function createAnthropic(deps: AdapterDeps): Provider {
  return {
    usageBasis: USAGE,
    async chat(call) {
      const { model, apiKey } = call;
      const outcome = await exchangeChat(deps, call, {
        url: apiUrl(call.baseUrl, '/v1', '/messages'),
        headers: { 'x-api-key': apiKey, 'anthropic-version': API_VERSION },
        body: messagesRequest(call),
        openStream: (onDelta) => readMessageStream({ model, apiKey, onDelta }),
        readBody: (text) => readMessage(text, { model, apiKey }),
        readError: (status, headers, text) => failed(failureOfAnswer(status, headers, text, apiKey)),
      });
      const inWords = call.responseFormat !== undefined && call.responseFormat.type !== 'text';
      return outcome.ok && inWords
        ? { ok: true, answer: { ...outcome.answer, responseFormatDropped: true } }
        : outcome;
    },
  };
}
