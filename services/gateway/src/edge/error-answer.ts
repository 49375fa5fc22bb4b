import type { AppError, ErrorDetail } from '@sluice/contracts';
import { redactText } from '@sluice/telemetry';
import { HTTP_STATUS } from './http-status.ts';

/** The one error body of the API. */
export type ErrorBody = {
  status: number;
  code: string;
  message: string;
  requestId: string;
  details?: ErrorDetail[];
};

export type ErrorAnswer = { status: number; headers: Record<string, string>; body: ErrorBody };

const HIDDEN = 'Something went wrong on our side. The request id finds it in the logs.';

/**
 * How an error is answered. `internal` was not foreseen: in production its message and stack stay in the log, in
 * development they are shown.
 */
export function errorAnswer(error: AppError, requestId: string, production: boolean): ErrorAnswer {
  const { code } = error;
  const status = HTTP_STATUS[code];
  const unforeseen = code === 'internal';
  const message = unforeseen ? (production ? HIDDEN : redactText(error.message)) : error.message;
  const details = unforeseen ? (production ? undefined : internalsOf(error)) : error.details;
  return {
    status,
    headers: headersOf(error, status),
    body: { status, code, message, requestId, ...(details && { details }) },
  };
}

function headersOf({ retryAfterMs }: AppError, status: number): Record<string, string> {
  // RFC 9110, section 11.6.1: a 401 names the scheme that is asked for.
  if (status === 401) return { 'www-authenticate': 'Bearer' };
  if (status !== 429 && status !== 503) return {};
  return { 'retry-after': String(Math.max(1, Math.ceil((retryAfterMs ?? 0) / 1000))) };
}

function internalsOf(error: AppError): ErrorDetail[] {
  const details: ErrorDetail[] = [];
  for (let at: unknown = error; at instanceof Error && details.length < 5; at = at.cause) {
    details.push({
      path: details.length === 0 ? 'stack' : 'cause',
      message: redactText(at.stack ?? String(at)),
    });
  }
  return details;
}
