import {
  ClosedConnectionError,
  DrainingConnectionError,
  InvalidArgumentError,
  InvalidSubjectError,
  type MsgHdrs,
  type NatsConnection,
  PermissionViolationError,
  type RequestError,
} from '@nats-io/nats-core';
import { AppError } from '@sluice/contracts';
import { ask } from './ask.ts';
import { errorOf, JETSTREAM_ERROR, type JetStreamError } from './jetstream-request.ts';
import { jsonOf } from './message-body.ts';
import { isNoResponders } from './reading-batches.ts';
import { turnEnd } from './turn-end.ts';

export type Attempt =
  | { readonly outcome: 'stored'; readonly sequence: number }
  | { readonly outcome: 'refused'; readonly lastSequence: number | undefined }
  | { readonly outcome: 'full'; readonly cause: Error }
  /** Nothing is decided. `unclear`: the message may have been stored all the same. */
  | { readonly outcome: 'again'; readonly unclear: boolean; readonly cause: unknown };

/**
 * Publishes once and waits for the stream's answer. Throws only for what no retry can change: a closed connection
 * (AppError `unavailable`), a message over the size limit (`payload_too_large`), and faults of our own.
 */
export const tryPublish = async (
  nc: NatsConnection,
  subject: string,
  body: string | Uint8Array,
  headers: MsgHdrs,
  timeoutMs: number,
): Promise<Attempt> => {
  await turnEnd();
  let answer: unknown;
  try {
    answer = jsonOf((await ask(nc, subject, body, headers, timeoutMs)).data);
  } catch (cause) {
    return afterFailure(cause, subject);
  }
  const error = errorOf(answer);
  return error ? afterErrorAnswer(error) : { outcome: 'stored', sequence: (answer as { seq: number }).seq };
};

const FULL: readonly number[] = [
  JETSTREAM_ERROR.accountResources,
  JETSTREAM_ERROR.insufficientResources,
  JETSTREAM_ERROR.insufficientMemory,
  JETSTREAM_ERROR.insufficientStorage,
];

const afterErrorAnswer = (error: JetStreamError): Attempt => {
  if (error.code === JETSTREAM_ERROR.wrongLastSequence) {
    return { outcome: 'refused', lastSequence: sequenceIn(error.message) };
  }
  // 10077 says why in words: `maximum bytes exceeded`, `maximum messages exceeded`, or a fault of the disk.
  const full =
    FULL.includes(error.code) ||
    (error.code === JETSTREAM_ERROR.storeFailed && error.message.includes('maximum'));
  if (full) return { outcome: 'full', cause: error };
  if (error.code === JETSTREAM_ERROR.sameGuardInFlight)
    return { outcome: 'again', unclear: false, cause: error };
  if (error.code === JETSTREAM_ERROR.messageTooLarge) {
    throw new AppError('payload_too_large', 'The message is larger than the stream accepts.', {
      cause: error,
    });
  }
  // A leader that steps down may answer 503 for what its successor then stores.
  if (error.status >= 500) return { outcome: 'again', unclear: true, cause: error };
  throw new AppError('internal', 'The message was refused.', { cause: error, retryable: false });
};

const afterFailure = (cause: unknown, subject: string): Attempt => {
  if (isNoResponders(cause)) return { outcome: 'again', unclear: false, cause };
  const reason = (cause as RequestError).cause ?? cause;
  if (reason instanceof ClosedConnectionError || reason instanceof DrainingConnectionError) {
    throw new AppError('unavailable', 'The service is shutting down; try again.', { cause });
  }
  if (reason instanceof InvalidArgumentError) {
    throw new AppError('payload_too_large', 'The message is larger than the server accepts.', { cause });
  }
  if (reason instanceof InvalidSubjectError || reason instanceof PermissionViolationError) {
    throw new AppError('internal', `Publishing to ${subject} is not possible.`, { cause, retryable: false });
  }
  return { outcome: 'again', unclear: true, cause };
};

const sequenceIn = (description: string): number | undefined => {
  const digits = /\d+$/.exec(description);
  return digits ? Number(digits[0]) : undefined;
};
