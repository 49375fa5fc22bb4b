import { AppError } from '@sluice/contracts';
import { LIMITS } from './limits.ts';

/** Fastify's own refusals of a request, by its error codes (fastify/docs/Reference/Errors.md). */
const FASTIFY_REFUSALS: Readonly<Record<string, (bodyLimit: number) => AppError>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: (bodyLimit) =>
    new AppError(
      'payload_too_large',
      `The body is larger than the ${bodyLimit} bytes that this route takes.`,
    ),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () =>
    new AppError('bad_request', 'The body must be JSON, sent with `content-type: application/json`.'),
  FST_ERR_CTP_INVALID_JSON_BODY: () => new AppError('bad_request', 'The body is not valid JSON.'),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    new AppError('bad_request', 'The body is not as long as `content-length` says.'),
  FST_ERR_BAD_URL: () => new AppError('bad_request', 'The path is not validly percent-encoded.'),
  FST_ERR_INVALID_URL: () => new AppError('bad_request', 'The path is not a valid URL.'),
  FST_ERR_MAX_PARAM_LENGTH: () => new AppError('not_found', 'Nothing has an id as long as that.'),
  FST_ERR_NOT_FOUND: () => new AppError('not_found', 'There is no such route.'),
  FST_ERR_HANDLER_TIMEOUT: () => new AppError('unavailable', 'The answer took too long; try again.'),
};

/**
 * Whatever was thrown, as one of our errors; what was not foreseen is `internal`, with the original as its cause.
 * `bodyLimit` is what the route takes, in bytes.
 */
export function errorOf(thrown: unknown, bodyLimit: number = LIMITS.bodyBytes): AppError {
  if (thrown instanceof AppError) return thrown;
  if (!(thrown instanceof Error)) return new AppError('internal', 'Something that is no error was thrown.');
  const { code, statusCode } = thrown as { code?: unknown; statusCode?: unknown };
  const refusal = typeof code === 'string' ? FASTIFY_REFUSALS[code] : undefined;
  if (refusal) return refusal(bodyLimit);
  if (statusCode === 404) return new AppError('not_found', 'There is no such route.');
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new AppError('bad_request', 'The request cannot be read.', { cause: thrown });
  }
  return new AppError('internal', thrown.message, { cause: thrown });
}
