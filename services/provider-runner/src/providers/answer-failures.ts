import type { JobErrorCode } from '@sluice/contracts';
import { redactText } from '@sluice/telemetry';
import { type Failure, failure } from '../job/failure.ts';
import { type HttpHeaders, isHtml } from './http-exchange.ts';
import { withoutKey } from './key-redaction.ts';
import { retryAfterOf } from './retry-hints.ts';

const MESSAGE_UNITS = 1000;

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
  return redactText(withoutKey(text, apiKey))
    .replace(/\b(Bearer|Basic)\s+(?!\[redacted\])\S+/gi, '$1 [redacted]')
    .slice(0, MESSAGE_UNITS);
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
