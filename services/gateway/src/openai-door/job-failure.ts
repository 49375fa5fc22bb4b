import type { Job, JobError, JobErrorCode } from '@sluice/contracts';
import type { OpenAiErrorAnswer } from './openai-error.ts';

type Failure = { readonly status: number; readonly type: string; readonly code: string };

const refused = (status: number, code: string): Failure => ({ status, type: 'invalid_request_error', code });
const broken = (status: number, code: string): Failure => ({ status, type: 'server_error', code });

/**
 * What a client of the OpenAI API is told of a job that failed. What its own request caused has that API's status and
 * code. A 401 or 403 of a provider is not the client's: its own token is good, so it is told of a bad gateway.
 */
const FAILURES: Readonly<Record<JobErrorCode, Failure>> = {
  provider_invalid_request: refused(400, 'provider_invalid_request'),
  provider_context_too_long: refused(400, 'context_length_exceeded'),
  provider_content_filtered: refused(400, 'content_filter'),
  provider_model_not_found: refused(404, 'model_not_found'),
  provider_quota_exceeded: { status: 429, type: 'insufficient_quota', code: 'insufficient_quota' },
  provider_rate_limited: { status: 429, type: 'requests', code: 'rate_limit_exceeded' },
  provider_overloaded: broken(503, 'provider_overloaded'),
  provider_authentication: broken(502, 'provider_authentication'),
  provider_permission: broken(502, 'provider_permission'),
  provider_unavailable: broken(502, 'provider_unavailable'),
  provider_truncated: broken(502, 'provider_truncated'),
  provider_malformed: broken(502, 'provider_malformed'),
  provider_empty_answer: broken(502, 'provider_empty_answer'),
  output_invalid: broken(502, 'output_invalid'),
  provider_connect_timeout: broken(504, 'provider_connect_timeout'),
  provider_first_token_timeout: broken(504, 'provider_first_token_timeout'),
  provider_idle_timeout: broken(504, 'provider_idle_timeout'),
  provider_timeout: broken(504, 'provider_timeout'),
  deadline_exceeded: broken(504, 'deadline_exceeded'),
  profile_unavailable: broken(503, 'profile_unavailable'),
  key_unreadable: broken(500, 'key_unreadable'),
  input_lost: broken(500, 'input_lost'),
  malformed: broken(500, 'malformed'),
  internal: broken(500, 'internal'),
};

/** For clients that wait by themselves: all attempts of the job are used up already. In seconds. */
const RETRY_AFTER = '1';

/** The answer for a job that ended without a result. */
export function jobFailure({ status, error }: Pick<Job, 'status' | 'error'>): OpenAiErrorAnswer {
  if (error) return errorFailure(error);
  const cancelled = status === 'cancelled';
  const message = cancelled ? 'The job was cancelled.' : 'The job ended without a result.';
  return answerOf(cancelled ? refused(409, 'job_cancelled') : broken(500, 'internal'), message, false);
}

export function errorFailure({ code, message, retryable, provider }: JobError): OpenAiErrorAnswer {
  const failure = FAILURES[code];
  const said = provider?.message && !message.includes(provider.message) ? ` (${provider.message})` : '';
  const own = code === 'provider_invalid_request' && provider?.code ? { code: provider.code } : {};
  return answerOf({ ...failure, ...own }, message + said, retryable);
}

function answerOf({ status, type, code }: Failure, message: string, retryable: boolean): OpenAiErrorAnswer {
  return {
    status,
    headers: {
      // OpenAI's own clients obey it; without it they would ask again at every 409, 429 and 5xx.
      ...(!retryable && { 'x-should-retry': 'false' }),
      ...(retryable && (status === 429 || status === 503) && { 'retry-after': RETRY_AFTER }),
    },
    body: { error: { message, type, param: null, code } },
  };
}
