import type { JobErrorCode } from '@sluice/contracts';
import type { Failure } from '../../job/failure.ts';
import { codeOfStatus, failureOfVendorError, messageOfText, parseJson } from '../answer-failures.ts';
import type { HttpHeaders } from '../http-exchange.ts';
import { errorBodySchema, type WireError } from './error-schema.ts';

/** An answer with a status that is no success. `text` is its body. */
export function failureOfAnswer(status: number, headers: HttpHeaders, text: string, apiKey: string): Failure {
  const body = errorBodySchema.safeParse(parseJson(text));
  const error: WireError = body.success ? body.data.error : (messageOfText(text, headers) ?? '');
  return failureOfError(status, error, apiKey, headers);
}

/** An error object; `status` is 200 when it came inside a stream or a whole answer that looked like a success. */
export function failureOfError(
  status: number,
  error: WireError,
  apiKey: string,
  headers: HttpHeaders = {},
): Failure {
  const { message, code, type } =
    typeof error === 'string' ? { message: error, code: null, type: null } : error;
  // OpenRouter's errors inside a stream carry the status that they would have had.
  const meant = status === 200 && typeof code === 'number' ? code : status;
  const name = code ?? type ?? null;
  return failureOfVendorError(codeOf(meant, `${code ?? ''} ${type ?? ''}`.toLowerCase(), message ?? ''), {
    status,
    headers,
    apiKey,
    error: { message: message ?? null, code: name === null ? null : String(name) },
  });
}

/** Names by OpenAI's error code reference; the others are those of the compatible vendors. */
function codeOf(status: number, names: string, message: string): JobErrorCode {
  if (status === 402 || /insufficient_quota|insufficient_balance|billing|quota_exceeded/.test(names)) {
    return 'provider_quota_exceeded';
  }
  if (status === 429 || /rate_limit/.test(names)) return 'provider_rate_limited';
  if (/content_filter|content_policy|moderation|responsibleai|data_inspection|sensitivecontent/.test(names)) {
    return 'provider_content_filtered';
  }
  if (/context_length|string_above_max/.test(names) || status === 413) return 'provider_context_too_long';
  if (/invalid_api_key/.test(names)) return 'provider_authentication';
  if (/model_not_found/.test(names)) return 'provider_model_not_found';
  if (/overloaded/.test(names)) return 'provider_overloaded';
  const code = status === 200 ? 'provider_unavailable' : codeOfStatus(status);
  const tooLong = /context (length|window)|maximum context|prompt is too long/i.test(message);
  return code === 'provider_invalid_request' && tooLong ? 'provider_context_too_long' : code;
}
