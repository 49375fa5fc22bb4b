/** Codes that an HTTP caller may see (pinned in the API; the gateway's table maps each to its status). */
export const REQUEST_ERROR_CODES = [
  'bad_request',
  'validation_failed',
  'unauthenticated',
  'forbidden',
  'not_found',
  'conflict',
  'idempotency_conflict',
  'precondition_failed',
  'payload_too_large',
  'rate_limited',
  'budget_exceeded',
  'queue_full',
  'unavailable',
  'internal',
] as const;

/** Codes that a job's `error` may carry, each with whether the same work may succeed later. */
export const JOB_ERROR_RETRYABLE = {
  provider_authentication: false,
  provider_permission: false,
  provider_quota_exceeded: false,
  provider_model_not_found: false,
  provider_invalid_request: false,
  provider_context_too_long: false,
  provider_content_filtered: false,
  provider_rate_limited: true,
  provider_overloaded: true,
  provider_unavailable: true,
  provider_connect_timeout: true,
  provider_first_token_timeout: true,
  provider_idle_timeout: true,
  provider_timeout: true,
  provider_truncated: true,
  provider_malformed: true,
  provider_empty_answer: true,
  output_invalid: false,
  key_unreadable: false,
  profile_unavailable: true,
  input_lost: false,
  malformed: false,
  deadline_exceeded: false,
  internal: true,
} as const satisfies Record<string, boolean>;

export type RequestErrorCode = (typeof REQUEST_ERROR_CODES)[number];
export type JobErrorCode = keyof typeof JOB_ERROR_RETRYABLE;
export type ErrorCode = RequestErrorCode | JobErrorCode;

/** One fault of a request: `path` is dotted, as in `messages.0.content`; empty for the whole body. */
export type ErrorDetail = { path: string; message: string };

export type AppErrorOptions = {
  cause?: unknown;
  retryable?: boolean;
  details?: ErrorDetail[];
  /** How long the caller should wait before it tries again, in milliseconds. */
  retryAfterMs?: number;
};

/**
 * The one error that crosses our own boundaries. `message` is written for the person who called and
 * holds no secret; what is meant for the operator goes into `cause`.
 */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly details: ErrorDetail[] | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? isRetryable(code);
    this.details = options.details;
    this.retryAfterMs = options.retryAfterMs;
  }
}

const RETRYABLE_REQUEST_CODES: readonly ErrorCode[] = [
  'rate_limited',
  'queue_full',
  'unavailable',
  'internal',
];

function isRetryable(code: ErrorCode): boolean {
  return code in JOB_ERROR_RETRYABLE
    ? JOB_ERROR_RETRYABLE[code as JobErrorCode]
    : RETRYABLE_REQUEST_CODES.includes(code);
}
