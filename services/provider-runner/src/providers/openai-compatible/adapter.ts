import type { Dispatcher } from 'undici';
import { failure } from '../../job/failure.ts';
import { type HttpHeaders, post } from '../http-exchange.ts';
import { type ChatCall, type ChatOutcome, failed, type Provider } from '../provider.ts';
import { failureOfAnswer, failureOfBreak, first, isHtml } from './errors.ts';
import { outcomeOfBody } from './from-response.ts';
import { createStreamReader, type StreamReader } from './stream.ts';
import { chatRequestBody, chatUrl } from './to-request.ts';

export type OpenAiCompatibleDeps = {
  readonly dispatcher: Dispatcher;
  /** Of a streamed answer, in milliseconds. */
  readonly firstTokenMs: number;
  readonly idleMs: number;
};

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const TOO_LARGE = new Error('the answer is too large');
const NO_FIRST_TOKEN = new Error('nothing came in time');
const BROKEN = new Error('the answer is broken');
const IDLE = new Error('nothing more came in time');

/** Every provider that speaks OpenAI's `POST /chat/completions`. */
export function createOpenAiCompatible(deps: OpenAiCompatibleDeps): Provider {
  return { chat: (call) => chat(deps, call) };
}

async function chat(deps: OpenAiCompatibleDeps, call: ChatCall): Promise<ChatOutcome> {
  const { promise: complete, resolve: completed } = Promise.withResolvers<void>();
  const chunks: Buffer[] = [];
  let size = 0;
  let status = 0;
  let headers: HttpHeaders = {};
  let reader: StreamReader | undefined;
  let watch: NodeJS.Timeout | undefined;

  const watchFor = (ms: number, reason: Error): void => {
    clearTimeout(watch);
    watch = setTimeout(() => exchange.abort(reason), ms);
  };
  let silent = true;
  const onDelta: ChatCall['onDelta'] = (content) => {
    if (silent) {
      silent = false;
      watchFor(deps.idleMs, IDLE);
    }
    call.onDelta(content);
  };

  const exchange = post(deps.dispatcher, {
    url: chatUrl(call.baseUrl),
    headers: {
      'content-type': 'application/json',
      accept: call.stream ? 'text/event-stream' : 'application/json',
      ...(call.apiKey !== '' && { authorization: `Bearer ${call.apiKey}` }),
    },
    body: chatRequestBody(call),
    signal: call.signal,
    onHead: (answered, fields) => {
      status = answered;
      headers = fields;
      if (status === 200 && first(fields['content-type'])?.includes('text/event-stream')) {
        reader = createStreamReader({ model: call.model, apiKey: call.apiKey, onDelta });
      }
    },
    onData: (chunk) => {
      size += chunk.length;
      if (size > MAX_ANSWER_BYTES) exchange.abort(TOO_LARGE);
      else if (!reader) chunks.push(chunk);
      else {
        if (!silent) watch?.refresh();
        reader.feed(chunk);
        // The answer is there: what the provider does with the connection afterwards is waited for by the watch.
        if (reader.ended) completed();
      }
    },
  });
  if (call.stream) watchFor(deps.firstTokenMs, NO_FIRST_TOKEN);
  const ended = exchange.done.finally(() => clearTimeout(watch));
  try {
    await Promise.race([ended, complete]);
  } catch (error) {
    if (call.signal.aborted) throw call.signal.reason;
    return failed(timeoutOf(error) ?? failureOfBreak(error, status === 200));
  }
  if (reader) {
    ended.catch(() => undefined);
    const outcome = reader.outcome();
    if (!outcome.ok) exchange.abort(BROKEN);
    return outcome;
  }
  const text = chunks.length === 1 ? String(chunks[0]) : Buffer.concat(chunks).toString();
  if (status !== 200) return failed(failureOfAnswer(status, headers, text, call.apiKey));
  if (isHtml(headers)) {
    return failed(failure('provider_malformed', 'The provider answered 200 with a web page.'));
  }
  const outcome = outcomeOfBody(text, call.model, call.apiKey);
  if (call.stream && outcome.ok) replay(outcome, call);
  return outcome;
}

/** A server that ignores `stream: true` answers at once: its answer becomes one delta. */
function replay({ answer }: Extract<ChatOutcome, { ok: true }>, { onDelta }: ChatCall): void {
  onDelta({
    ...(answer.text && { text: answer.text }),
    ...(answer.reasoningText && { reasoningText: answer.reasoningText }),
    ...(answer.toolCalls.length > 0 && {
      toolCalls: answer.toolCalls.map(({ id, name, argumentsText }, index) => ({
        index,
        id,
        name,
        argumentsDelta: argumentsText,
      })),
    }),
  });
}

function timeoutOf(error: unknown) {
  if (error === NO_FIRST_TOKEN) {
    return failure('provider_first_token_timeout', 'The provider sent no token in time.');
  }
  if (error === IDLE) {
    return failure('provider_idle_timeout', 'The provider stopped sending in the middle of its answer.');
  }
  return error === TOO_LARGE
    ? failure('provider_malformed', "The provider's answer is larger than 64 MB.")
    : undefined;
}
