import { type Failure, failure } from '../job/failure.ts';
import { readWithin, UNREADABLE } from './answer-failures.ts';
import { MAX_ERROR_BYTES } from './answer-limits.ts';
import type { AdapterDeps } from './chat-exchange.ts';
import { failureOfBreak } from './connection-failures.ts';
import { ENCODED, type HttpHeaders, isEncoded, isHtml, post } from './http-exchange.ts';
import { failed, type Outcome } from './provider.ts';

/** A call whose answer makes sense only as a whole: images, embeddings. */
export type WireCall<Answer> = {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  readonly signal: AbortSignal;
  /** The body of an answer with a 200. */
  readonly readBody: (text: string) => Outcome<Answer>;
  /** The body of an answer with any other status. */
  readonly readError: (status: number, headers: HttpHeaders, text: string) => Failure;
};

/** Ten images of 4096 by 4096 pixels in base64, or 2048 vectors of 3072 numbers in decimals, are just below it. */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024;
const TOO_LARGE = new Error('the answer is too large');
const READ = new Error('the answer was read as far as it matters');

/** Posts a call and reads its whole answer. Whatever goes wrong is an outcome; rejects with the signal's reason alone. */
export async function exchangeWhole<Answer>(
  { dispatcher }: Pick<AdapterDeps, 'dispatcher'>,
  wire: WireCall<Answer>,
): Promise<Outcome<Answer>> {
  const { url, body, signal, readBody, readError } = wire;
  const chunks: Buffer[] = [];
  let size = 0;
  let status = 0;
  let headers: HttpHeaders = {};
  const exchange = post(dispatcher, {
    url,
    headers: { 'content-type': 'application/json', accept: 'application/json', ...wire.headers },
    body,
    signal,
    onHead: (answered, fields) => {
      status = answered;
      headers = fields;
    },
    onData: (chunk) => {
      size += chunk.length;
      if (size > MAX_ANSWER_BYTES) exchange.abort(TOO_LARGE);
      else chunks.push(chunk);
      if (status !== 200 && size > MAX_ERROR_BYTES) exchange.abort(READ);
    },
  });
  try {
    await exchange.done;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const tooLarge = failure('provider_malformed', "The provider's answer is larger than 128 MB.", {
      retryable: false,
    });
    if (error !== READ) return failed(error === TOO_LARGE ? tooLarge : failureOfBreak(error, status === 200));
  }
  const encoded = isEncoded(headers);
  const text = encoded ? '' : Buffer.concat(chunks).toString();
  if (status !== 200) {
    return failed(
      readWithin(
        () => readError(status, headers, text),
        () => readError(status, headers, ''),
      ),
    );
  }
  if (encoded) return failed(failure('provider_malformed', ENCODED));
  if (isHtml(headers)) {
    return failed(failure('provider_malformed', 'The provider answered 200 with a web page.'));
  }
  return readWithin(
    () => readBody(text),
    () => failed(failure('provider_malformed', UNREADABLE)),
  );
}
