import type { JobErrorCode } from '@sluice/contracts';
import { redactText } from '@sluice/telemetry';
import { type Failure, failure } from '../../job/failure.ts';
import { PRIVATE_ADDRESS } from '../guarded-connector.ts';
import type { HttpHeaders } from '../http-exchange.ts';
import { errorBodySchema, type WireError } from './schema.ts';

const MESSAGE_UNITS = 1000;

/** An answer with a status that is no success. `text` is its body. */
export function failureOfAnswer(status: number, headers: HttpHeaders, text: string, apiKey: string): Failure {
  const body = errorBodySchema.safeParse(parseJson(text));
  const error: WireError = body.success ? body.data.error : isHtml(headers) ? '' : text;
  const retryAfterMs = retryAfterOf(headers, Date.now());
  return failureOfError(status, error, apiKey, retryAfterMs);
}

/** An error object; `status` is null when it came inside a stream, or with a 200. */
export function failureOfError(
  status: number | null,
  error: WireError,
  apiKey: string,
  retryAfterMs?: number,
): Failure {
  const { message, code, type } =
    typeof error === 'string' ? { message: error, code: null, type: null } : error;
  const safe = (text: string | null | undefined) => (text ? withoutSecrets(text, apiKey) : null);
  const shown = safe(message);
  const shownCode = safe(code === null || code === undefined ? null : String(code));
  const meant = status ?? (typeof code === 'number' ? code : null);
  const place = status === null ? 'reported an error while answering' : `answered ${status}`;
  return failure(
    codeOf(meant, `${code ?? ''} ${type ?? ''}`.toLowerCase(), message ?? ''),
    `The provider ${place}${shown ? `: ${shown}` : '.'}`,
    {
      provider: { status: meant, code: shownCode, message: shown },
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    },
  );
}

/** Names by OpenAI's error code reference; the others are those of the compatible vendors. */
function codeOf(status: number | null, names: string, message: string): JobErrorCode {
  if (status === 402 || /insufficient_quota|insufficient_balance|billing|quota_exceeded/.test(names)) {
    return 'provider_quota_exceeded';
  }
  if (status === 429 || /rate_limit/.test(names)) return 'provider_rate_limited';
  if (/content_filter|content_policy|moderation|responsibleai|data_inspection/.test(names)) {
    return 'provider_content_filtered';
  }
  if (/context_length|string_above_max/.test(names) || status === 413) return 'provider_context_too_long';
  if (status === 401 || /invalid_api_key/.test(names)) return 'provider_authentication';
  if (status === 403) return 'provider_permission';
  if (status === 404 || /model_not_found/.test(names)) return 'provider_model_not_found';
  if (status === 503 || status === 529 || /overloaded/.test(names)) return 'provider_overloaded';
  if (status === 408 || status === 504) return 'provider_timeout';
  // 409 and 425: the server is busy with something else first, such as loading the model.
  if (status === null || status >= 500 || status === 409 || status === 425) return 'provider_unavailable';
  return /context (length|window)|maximum context|prompt is too long/i.test(message)
    ? 'provider_context_too_long'
    : 'provider_invalid_request';
}

/** What a provider sent without the key that it was sent, in an error or in an answer. */
export function withoutKey(text: string, apiKey: string): string {
  return apiKey === '' ? text : text.replaceAll(apiKey, '[redacted]');
}

/** A provider may repeat the key that it refuses. */
function withoutSecrets(text: string, apiKey: string): string {
  return redactText(withoutKey(text, apiKey))
    .replace(/\b(Bearer|Basic)\s+(?!\[redacted\])\S+/gi, '$1 [redacted]')
    .slice(0, MESSAGE_UNITS);
}

/** In milliseconds: `retry-after-ms` (OpenAI), or `Retry-After` in seconds or as a date (RFC 9110, 10.2.3). */
export function retryAfterOf(headers: HttpHeaders, now: number): number | undefined {
  const [milliseconds, value] = [first(headers['retry-after-ms']), first(headers['retry-after'])];
  if (milliseconds && /^\d+(\.\d+)?$/.test(milliseconds)) return Number(milliseconds);
  if (!value) return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** A call that broke: `answering` once a successful answer had begun. */
export function failureOfBreak(error: unknown, answering: boolean): Failure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'UND_ERR_CONNECT_TIMEOUT') {
    return failure('provider_connect_timeout', 'The provider did not accept a connection in time.');
  }
  if (code === PRIVATE_ADDRESS) {
    return failure(
      'profile_unavailable',
      "The provider's host resolves to a private address, which the operator does not allow.",
      { retryable: false },
    );
  }
  if (code.startsWith('HPE_')) {
    return failure('provider_malformed', 'The provider did not answer in HTTP.');
  }
  return answering
    ? failure('provider_truncated', 'The connection to the provider broke in the middle of its answer.')
    : failure('provider_unavailable', `The provider cannot be reached${reasonOf(code)}.`);
}

/** Node's and undici's codes, such as ECONNREFUSED: no address and no secret in them. */
function reasonOf(code: string): string {
  return /^[A-Z_0-9]{3,40}$/.test(code) ? ` (${code})` : '';
}

export function isHtml(headers: HttpHeaders): boolean {
  return first(headers['content-type'])?.includes('html') ?? false;
}

export function first(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
