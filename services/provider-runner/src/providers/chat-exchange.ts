import type { Dispatcher } from 'undici';
import { failure } from '../job/failure.ts';
import { failureOfLimit, LIMIT, MAX_ANSWER_BYTES, watchAnswer } from './answer-limits.ts';
import { failureOfBreak } from './connection-failures.ts';
import type { StreamReader } from './event-stream-reader.ts';
import { first, type HttpHeaders, isHtml, post } from './http-exchange.ts';
import { type ChatCall, type ChatOutcome, failed } from './provider.ts';

/** What every adapter is given. */
export type AdapterDeps = {
  readonly dispatcher: Dispatcher;
  /** Of a streamed answer, in milliseconds. */
  readonly firstTokenMs: number;
  readonly idleMs: number;
};

/** One call in a vendor's own form: what is sent, and how what comes back is read. */
export type WireChat = {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly openStream: (onDelta: ChatCall['onDelta']) => StreamReader;
  /** The body of a whole answer with a 200. */
  readonly readBody: (text: string) => ChatOutcome;
  /** The body of an answer with any other status. */
  readonly readError: (status: number, headers: HttpHeaders, text: string) => ChatOutcome;
};

const BROKEN = new Error('the answer is broken');

/**
 * Posts a call and reads its answer, streamed or whole as the provider sends it, within the time-outs for the first
 * token and between tokens. Whatever goes wrong is an outcome; rejects with the signal's reason alone.
 */
export async function exchangeChat(deps: AdapterDeps, call: ChatCall, wire: WireChat): Promise<ChatOutcome> {
  const { promise: complete, resolve: completed } = Promise.withResolvers<void>();
  const chunks: Buffer[] = [];
  let size = 0;
  let status = 0;
  let headers: HttpHeaders = {};
  let reader: StreamReader | undefined;

  const watch = call.stream ? watchAnswer(deps, (reason) => exchange.abort(reason)) : undefined;
  const onDelta: ChatCall['onDelta'] = (content) => {
    watch?.spoke();
    // A server may stream although nobody asked it to.
    if (call.stream) call.onDelta(content);
  };

  const exchange = post(deps.dispatcher, {
    url: wire.url,
    headers: {
      'content-type': 'application/json',
      accept: call.stream ? 'text/event-stream' : 'application/json',
      ...wire.headers,
    },
    body: wire.body,
    signal: call.signal,
    onHead: (answered, fields) => {
      status = answered;
      headers = fields;
      if (status === 200 && first(fields['content-type'])?.includes('text/event-stream')) {
        reader = wire.openStream(onDelta);
      }
    },
    onData: (chunk) => {
      size += chunk.length;
      if (size > MAX_ANSWER_BYTES) exchange.abort(LIMIT.size);
      else if (!reader) chunks.push(chunk);
      else {
        watch?.came();
        reader.feed(chunk);
        // The answer is there: what the provider does with the connection afterwards is waited for by the watch.
        if (reader.ended) completed();
      }
    },
  });
  const ended = exchange.done.finally(() => watch?.end());
  try {
    await Promise.race([ended, complete]);
  } catch (error) {
    if (call.signal.aborted) throw call.signal.reason;
    return failed(failureOfLimit(error) ?? failureOfBreak(error, status === 200));
  }
  if (reader) {
    ended.catch(() => undefined);
    const outcome = reader.outcome();
    if (!outcome.ok) exchange.abort(BROKEN);
    return outcome;
  }
  const text = chunks.length === 1 ? String(chunks[0]) : Buffer.concat(chunks).toString();
  if (status !== 200) return wire.readError(status, headers, text);
  if (isHtml(headers)) {
    return failed(failure('provider_malformed', 'The provider answered 200 with a web page.'));
  }
  const outcome = wire.readBody(text);
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
