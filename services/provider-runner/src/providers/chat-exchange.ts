import type { Dispatcher } from 'undici';
import { failure } from '../job/failure.ts';
import { readWithin, UNREADABLE } from './answer-failures.ts';
import {
  failureOfLimit,
  LIMIT,
  MAX_ANSWER_BYTES,
  MAX_ERROR_BYTES,
  MAX_WHOLE_ANSWER_BYTES,
  watchAnswer,
} from './answer-limits.ts';
import { failureOfBreak } from './connection-failures.ts';
import type { StreamReader } from './event-stream-reader.ts';
import { ENCODED, type HttpHeaders, isEncoded, isHtml, post, typeOf } from './http-exchange.ts';
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
const READ = new Error('the answer was read as far as it matters');

/** How long a provider may take to end an answer that is complete, so that the connection can serve again. */
const LINGER_MS = 1000;

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
  let linger: NodeJS.Timeout | undefined;

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
      if (status === 200 && typeOf(fields).includes('text/event-stream') && !isEncoded(fields)) {
        reader = wire.openStream(onDelta);
      }
    },
    onData: (chunk) => {
      size += chunk.length;
      if (reader) {
        if (size > MAX_ANSWER_BYTES) exchange.abort(LIMIT.size);
        else if (!reader.ended) feed(reader, chunk);
      } else if (status === 200) {
        if (size > MAX_WHOLE_ANSWER_BYTES) exchange.abort(LIMIT.wholeSize);
        else chunks.push(chunk);
      } else {
        chunks.push(chunk);
        if (size <= MAX_ERROR_BYTES) return;
        completed();
        exchange.abort(READ);
      }
    },
  });
  const feed = (to: StreamReader, chunk: Buffer): void => {
    watch?.came();
    to.feed(chunk);
    if (!to.ended) return;
    watch?.end();
    linger = setTimeout(() => exchange.abort(READ), LINGER_MS);
    completed();
  };
  const ended = exchange.done.finally(() => {
    watch?.end();
    clearTimeout(linger);
  });
  try {
    await Promise.race([ended, complete]);
  } catch (error) {
    if (call.signal.aborted) throw call.signal.reason;
    return failed(failureOfLimit(error) ?? failureOfBreak(error, status === 200));
  }
  ended.catch(() => undefined);
  if (reader) {
    const outcome = reader.outcome();
    if (!outcome.ok) exchange.abort(BROKEN);
    return outcome;
  }
  const encoded = isEncoded(headers);
  const text = encoded ? '' : Buffer.concat(chunks).toString();
  if (status !== 200) {
    return readWithin(
      () => wire.readError(status, headers, text),
      () => wire.readError(status, headers, ''),
    );
  }
  if (encoded) return failed(failure('provider_malformed', ENCODED));
  if (isHtml(headers)) {
    return failed(failure('provider_malformed', 'The provider answered 200 with a web page.'));
  }
  const outcome = readWithin(
    () => wire.readBody(text),
    () => failed(failure('provider_malformed', UNREADABLE)),
  );
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
