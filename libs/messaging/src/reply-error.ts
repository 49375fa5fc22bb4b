import { AppError, type ReplyError, replyErrorSchema } from '@sluice/contracts';

/** What an error looks like to whoever asked: nothing of the inside. */
export const replyErrorOf = (error: unknown): ReplyError => {
  if (!(error instanceof AppError)) {
    return { code: 'internal', message: 'Something went wrong on our side.', retryable: true };
  }
  const { code, message, retryable, details, retryAfterMs } = error;
  return {
    code,
    message,
    retryable,
    ...(details === undefined ? {} : { details }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
};

/** The error that a reply carries, as it was thrown. */
export const errorOfReply = (body: unknown): AppError => {
  const parsed = replyErrorSchema.safeParse(body);
  if (!parsed.success) return new AppError('internal', 'The answer cannot be read.', { cause: parsed.error });
  const { code, message, retryable, details, retryAfterMs } = parsed.data;
  return new AppError(code, message, {
    retryable,
    ...(details === undefined ? {} : { details }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
};
