import {
  AppError,
  JOB_ERROR_RETRYABLE,
  type JobError,
  type JobErrorCode,
  type Usage,
} from '@sluice/contracts';

/** What a call used, as far as its provider said. */
export type Used = { readonly usage: Usage; readonly model: string };

/** Why an attempt failed: what the job will show, and how long the provider asked to be left alone. */
export type Failure = {
  readonly error: JobError;
  readonly retryAfterMs?: number;
  /** What it used all the same. */
  readonly used?: Used;
  /** The provider has no API for such work: another one may have. */
  readonly unable?: true;
};

export function failure(
  code: JobErrorCode,
  message: string,
  details: { provider?: JobError['provider']; retryAfterMs?: number; retryable?: boolean } = {},
): Failure {
  const retryable = details.retryable ?? JOB_ERROR_RETRYABLE[code];
  return {
    error: { code, message, retryable, ...(details.provider && { provider: details.provider }) },
    ...(details.retryAfterMs !== undefined && { retryAfterMs: details.retryAfterMs }),
  };
}

/** What was thrown, as a job shows it: an AppError with a job's code as it is, everything else as `internal`. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof AppError)) return failure('internal', 'The attempt failed unexpectedly.');
  const { code, message, retryable } = error;
  return isJobErrorCode(code) ? failure(code, message, { retryable }) : failure('internal', message);
}

function isJobErrorCode(code: string): code is JobErrorCode {
  return Object.hasOwn(JOB_ERROR_RETRYABLE, code);
}

/** A provider was asked for something that it has no API for. */
export function unable(provider: string, what: string): Failure {
  return { ...failure('provider_invalid_request', `The provider ${provider} cannot ${what}.`), unable: true };
}
