import type { JobErrorCode } from '@sluice/contracts';
import type { Failure } from '../../job/failure.ts';
import { codeOfStatus, failureOfVendorError, messageOfText, parseJson } from '../answer-failures.ts';
import type { HttpHeaders } from '../http-exchange.ts';
import { ownEntry } from '../own-entry.ts';
import { errorSchema } from './schema.ts';

/** An answer with a status that is no success. `text` is its body. */
export function failureOfAnswer(status: number, headers: HttpHeaders, text: string, apiKey: string): Failure {
  const body = errorSchema.safeParse(parseJson(text));
  const error = body.success ? body.data.error : { message: messageOfText(text, headers) };
  return failureOfError(status, error, apiKey, headers);
}

type WireError = { type?: string | null | undefined; message?: string | null | undefined };

/** `status` is 200 for an error inside a stream. */
export function failureOfError(
  status: number,
  error: WireError,
  apiKey: string,
  headers: HttpHeaders = {},
): Failure {
  const { type = null, message = null } = error;
  return failureOfVendorError(codeOf(status, type ?? '', message ?? ''), {
    status,
    headers,
    apiKey,
    error: { message, code: type },
  });
}

/** From the API's error reference. */
const CODES: Readonly<Record<string, JobErrorCode>> = {
  authentication_error: 'provider_authentication',
  permission_error: 'provider_permission',
  billing_error: 'provider_quota_exceeded',
  not_found_error: 'provider_model_not_found',
  request_too_large: 'provider_context_too_long',
  rate_limit_error: 'provider_rate_limited',
  timeout_error: 'provider_timeout',
  api_error: 'provider_unavailable',
  overloaded_error: 'provider_overloaded',
};

function codeOf(status: number, type: string, message: string): JobErrorCode {
  if (/prompt is too long|context (?:window|length|limit)/i.test(message)) return 'provider_context_too_long';
  if (/credit balance is too low/i.test(message)) return 'provider_quota_exceeded';
  return ownEntry(CODES, type) ?? (status === 200 ? 'provider_unavailable' : codeOfStatus(status));
}
