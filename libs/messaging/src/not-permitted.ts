import { PermissionViolationError, RequestError } from '@nats-io/nats-core';
import { AppError } from '@sluice/contracts';

/** Throws AppError `internal`, not retryable, when an error says that the user of this connection may not do it. */
export const throwIfNotPermitted = (error: unknown, subject: string): void => {
  const reason = error instanceof RequestError ? error.cause : error;
  if (!(reason instanceof PermissionViolationError)) return;
  throw new AppError('internal', `NATS does not permit this service to use ${subject}.`, {
    cause: error,
    retryable: false,
  });
};
