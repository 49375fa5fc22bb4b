import type { JobErrorCode } from '@sluice/contracts';
import { redactText } from '@sluice/telemetry';
import { type Failure, failure } from '../job/failure.ts';
import { type HttpHeaders, isHtml } from './http-exchange.ts';
import { withoutKey } from './key-redaction.ts';
import { retryAfterOf } from './retry-hints.ts';

const MESSAGE_UNITS = 1000;
/** What is searched for secrets: far more than is shown, so that none that is cut in two at its end is shown. */
const SEARCHED_UNITS = 8 * 1024;
const READ_UNITS = 1024 * 1024;

/** Of the commas and brackets that part a body's values: JSON.parse and zod take about a tenth of a second for these. */
const MAX_JSON_PARTS = 100_000;
/** 2048 vectors of 3072 numbers are 6.3 million. */
export const MAX_VECTOR_PARTS = 8_000_000;

/** What a vendor's error object says, in its own words; null for what it does not say. */
export type VendorError = {
  readonly message: string | null;
  /** The vendor's own name for what is wrong, shown to people as it is. */
  readonly code: string | null;
  /** Milliseconds, where the body names a delay. */
  readonly retryAfterMs?: number | undefined;
};

export type AnsweredError = {
  /** Of the HTTP answer; 200 for an error inside a stream. */
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly apiKey: string;
  readonly error: VendorError;
};

/** A provider's error as a job shows it: our code, its own code and message, without the key and cut to length. */
export function failureOfVendorError(code: JobErrorCode, answered: AnsweredError): Failure {
  const { status, headers, apiKey, error } = answered;
  const safe = (text: string | null) => (text ? withoutSecrets(text, apiKey) : null);
  const message = safe(error.message);
  const retryAfterMs = error.retryAfterMs ?? retryAfterOf(headers, Date.now());
  const place = status === 200 ? 'reported an error while answering' : `answered ${status}`;
  return failure(code, `The provider ${place}${message ? `: ${message}` : '.'}`, {
    provider: { status, code: safe(error.code), message },
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** What a status means where the vendor's own words say no more (RFC 9110; 529 is Anthropic's). */
export function codeOfStatus(status: number): JobErrorCode {
  if (status === 401) return 'provider_authentication';
  if (status === 402) return 'provider_quota_exceeded';
  if (status === 403) return 'provider_permission';
  if (status === 404) return 'provider_model_not_found';
  if (status === 413) return 'provider_context_too_long';
  if (status === 429) return 'provider_rate_limited';
  if (status === 503 || status === 529) return 'provider_overloaded';
  if (status === 408 || status === 504) return 'provider_timeout';
  // 409 and 425: the server is busy with something else first, such as loading the model.
  if (status >= 500 || status === 409 || status === 425) return 'provider_unavailable';
  return 'provider_invalid_request';
}

/** The text of an answer as its message: what is no error object is quoted, a web page is not. */
export function messageOfText(text: string, headers: HttpHeaders): string | null {
  return isHtml(headers) || text === '' ? null : text;
}

/** A provider may repeat the key that it refuses. */
function withoutSecrets(text: string, apiKey: string): string {
  const searched = withoutKey(text.slice(0, READ_UNITS), apiKey).slice(0, SEARCHED_UNITS);
  return redactText(searched)
    .replace(/\b(Bearer|Basic)\s+(?!\[redacted\])\S+/gi, '$1 [redacted]')
    .slice(0, MESSAGE_UNITS);
}

/**
 * What a provider's JSON says, a byte-order mark before it or not (RFC 8259, 8.1); undefined for what is none, or has so
 * many parts that reading it would stop every other call of the process.
 */
export function parseJson(text: string, maxParts = MAX_JSON_PARTS): unknown {
  if (text.length > maxParts && partsOf(text, maxParts) > maxParts) return undefined;
  try {
    return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch {
    return undefined;
  }
}

export const UNREADABLE = 'The provider answered 200 with values that are too many or too deep to be read.';

/**
 * What `read` makes of an answer; `otherwise` where it runs out of stack: zod does when more than about 100,000 values are
 * wrong, since it spreads its issues, and JSON.stringify does with values that are nested as deep.
 */
export function readWithin<Read>(read: () => Read, otherwise: () => Read): Read {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return otherwise();
    throw error;
  }
}

/** Counts commas and opening brackets outside of strings, up to one more than `most`. */
function partsOf(text: string, most: number): number {
  let parts = 0;
  let quoted = false;
  for (let at = 0; at < text.length && parts <= most; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) quoted = !quoted;
    else if (quoted) at += unit === 0x5c ? 1 : 0;
    else if (unit === 0x2c || unit === 0x5b || unit === 0x7b) parts += 1;
  }
  return parts;
}
