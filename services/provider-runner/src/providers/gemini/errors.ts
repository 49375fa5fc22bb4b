import type { JobErrorCode } from '@sluice/contracts';
import type { Failure } from '../../job/failure.ts';
import { codeOfStatus, failureOfVendorError, messageOfText, parseJson } from '../answer-failures.ts';
import type { HttpHeaders } from '../http-exchange.ts';
import { ownEntry } from '../own-entry.ts';
import { durationOf } from '../retry-hints.ts';
import { errorSchema, type WireError } from './schema.ts';

/** An answer with a status that is no success. `text` is its body. */
export function failureOfAnswer(status: number, headers: HttpHeaders, text: string, apiKey: string): Failure {
  const body = errorSchema.safeParse(parseJson(text));
  const error = body.success ? body.data : { message: messageOfText(text, headers) };
  return failureOfError(status, error, apiKey, headers);
}

/** `status` is 200 for an error inside a stream. The delay is in the body (google.rpc.RetryInfo). */
export function failureOfError(
  status: number,
  error: Partial<WireError>,
  apiKey: string,
  headers: HttpHeaders = {},
): Failure {
  const { message = null, status: name = null, details } = error;
  const delay = details?.find(({ retryDelay }) => retryDelay !== undefined)?.retryDelay;
  const reasons = details?.map(({ reason }) => reason ?? '').join(' ') ?? '';
  return failureOfVendorError(codeOf(status, name ?? '', `${reasons} ${message ?? ''}`), {
    status,
    headers,
    apiKey,
    error: {
      message,
      code: name,
      retryAfterMs: delay === undefined ? undefined : durationOf(delay, Date.now()),
    },
  });
}

/** google.rpc.Code, as the Gemini API's troubleshooting guide explains each. */
const CODES: Readonly<Record<string, JobErrorCode>> = {
  UNAUTHENTICATED: 'provider_authentication',
  PERMISSION_DENIED: 'provider_permission',
  FAILED_PRECONDITION: 'provider_permission',
  NOT_FOUND: 'provider_model_not_found',
  RESOURCE_EXHAUSTED: 'provider_rate_limited',
  UNAVAILABLE: 'provider_overloaded',
  INTERNAL: 'provider_unavailable',
  DEADLINE_EXCEEDED: 'provider_timeout',
};

function codeOf(status: number, name: string, words: string): JobErrorCode {
  // A wrong key is an INVALID_ARGUMENT here.
  if (/API_KEY_INVALID|API key not valid/i.test(words)) return 'provider_authentication';
  if (/exceeds the maximum number of tokens|input token count/i.test(words))
    return 'provider_context_too_long';
  return ownEntry(CODES, name) ?? (status === 200 ? 'provider_unavailable' : codeOfStatus(status));
}
