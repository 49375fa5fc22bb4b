import type { ErrorCode } from '@sluice/contracts';

/**
 * The HTTP status of every error code (RFC 9110, section 15; 429 is RFC 6585's). A job's own error is part of the
 * job and travels in a 200; its codes are here for the routes that answer with the outcome itself.
 */
export const HTTP_STATUS = {
  bad_request: 400,
  validation_failed: 422,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  idempotency_conflict: 422,
  precondition_failed: 412,
  payload_too_large: 413,
  rate_limited: 429,
  budget_exceeded: 402,
  queue_full: 503,
  unavailable: 503,
  internal: 500,

  provider_authentication: 502,
  provider_permission: 502,
  provider_quota_exceeded: 502,
  provider_model_not_found: 502,
  provider_invalid_request: 502,
  provider_context_too_long: 502,
  provider_content_filtered: 502,
  provider_rate_limited: 503,
  provider_overloaded: 503,
  provider_unavailable: 502,
  provider_connect_timeout: 504,
  provider_first_token_timeout: 504,
  provider_idle_timeout: 504,
  provider_timeout: 504,
  provider_truncated: 502,
  provider_malformed: 502,
  provider_empty_answer: 502,
  output_invalid: 502,
  key_unreadable: 500,
  profile_unavailable: 503,
  input_lost: 500,
  malformed: 500,
  deadline_exceeded: 504,
} as const satisfies Record<ErrorCode, number>;
