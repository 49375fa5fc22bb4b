import type { JobErrorCode } from '@sluice/contracts';
import { type Failure, failure } from '../../job/failure.ts';
import { codeOfStatus, failureOfVendorError, messageOfText, parseJson } from '../answer-failures.ts';
import type { HttpHeaders } from '../http-exchange.ts';
import { bareErrorSchema, errorBodySchema, type WireError } from './error-schema.ts';

/** An answer with a status that is no success. `text` is its body. */
export function failureOfAnswer(status: number, headers: HttpHeaders, text: string, apiKey: string): Failure {
  const body = parseJson(text);
  const error: WireError =
    errorBodySchema.safeParse(body).data?.error ??
    bareErrorSchema.safeParse(body).data ??
    messageOfText(text, headers) ??
    '';
  return failureOfError(status, error, apiKey, headers);
}

/** A body with a 200 that is not what was asked for: the error that it holds, else that it lacks `wanted`. */
export function failureOfBody(body: unknown, apiKey: string, wanted: string): Failure {
  const error = errorBodySchema.safeParse(body);
  return error.success
    ? failureOfError(200, error.data.error, apiKey)
    : failure('provider_malformed', `The provider answered 200 without ${wanted}.`);
}

/** An error object; `status` is 200 when it came inside a stream or a whole answer that looked like a success. */
export function failureOfError(
  status: number,
  error: WireError,
  apiKey: string,
  headers: HttpHeaders = {},
): Failure {
  const { message, code, type, metadata } = typeof error === 'string' ? { message: error } : error;
  // OpenRouter's errors inside a stream carry the status that they would have had.
  const meant = status === 200 && typeof code === 'number' ? code : status;
  const name = code ?? type ?? null;
  const names = `${code ?? ''} ${type ?? ''}`.toLowerCase();
  const moderated = Boolean(metadata?.reasons?.length);
  return failureOfVendorError(codeOf({ status: meant, names, message: message ?? '', moderated }), {
    status,
    headers,
    apiKey,
    error: { message: message ?? null, code: name === null ? null : String(name) },
  });
}

type Said = {
  readonly status: number;
  /** The vendor's code and type, in lower case. */
  readonly names: string;
  readonly message: string;
  readonly moderated: boolean;
};

/** Kimi, Ark (`QuotaExceeded`, `AccountOverdueError`) and Qwen (`Arrearage`) beside OpenAI's own. */
const QUOTA =
  /insufficient_quota|insufficient_balance|billing|quota_?exceeded|exceeded_current_quota|accountoverdue|arrearage/;
const FILTERED = /content_filter|content_policy|moderation|responsibleai|data_?inspection|sensitivecontent/;
/** OpenAI's words and those of vLLM, Kimi, Qwen and Together, none of which has a code for it. */
const TOO_LONG =
  /context (length|window)|maximum context|prompt is too long|exceeded model token limit|range of input length|tokens`? \+ `?max_new_tokens`? must be/i;

/** Names by OpenAI's error code reference; the others are those of the compatible vendors. */
function codeOf({ status, names, message, moderated }: Said): JobErrorCode {
  if (status === 402 || QUOTA.test(names)) return 'provider_quota_exceeded';
  if (creditsUsedUp(status, message)) return 'provider_quota_exceeded';
  if (status === 429 || /rate_limit/.test(names)) return 'provider_rate_limited';
  if (FILTERED.test(names)) return 'provider_content_filtered';
  // OpenRouter's moderation.
  if (status === 403 && (moderated || /\bflagged\b/i.test(message))) return 'provider_content_filtered';
  if (/context_length|string_above_max/.test(names) || status === 413) return 'provider_context_too_long';
  if (/invalid_api_key/.test(names)) return 'provider_authentication';
  if (/model_not_found/.test(names)) return 'provider_model_not_found';
  if (/overloaded/.test(names)) return 'provider_overloaded';
  const code = status === 200 ? 'provider_unavailable' : codeOfStatus(status);
  if (code !== 'provider_invalid_request') return code;
  if (TOO_LONG.test(message)) return 'provider_context_too_long';
  // xAI answers a wrong key with 400.
  return /incorrect api key/i.test(message) ? 'provider_authentication' : code;
}

/** xAI has no name for it, and another status where a monthly limit is reached. */
function creditsUsedUp(status: number, message: string): boolean {
  if (status === 403) return /\bcredits\b/i.test(message);
  return status === 429 && /used all available credits/i.test(message);
}
