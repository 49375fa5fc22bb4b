import { AppError } from '@sluice/contracts';

/** A reply is one message, and NATS takes 1 MB by default; the rest is for headers. */
export const REPLY_BYTES = 900_000;

export const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/**
 * The reply, unless it is too large for one message. That cannot happen while results over 256 KB go by reference;
 * should it happen, this says so where the NATS client would only fail. Throws AppError `internal`.
 */
export function withinReplyLimit<T>(reply: T): T {
  const bytes = bytesOf(reply);
  if (bytes <= REPLY_BYTES) return reply;
  const cause = new Error(`a reply of ${bytes} bytes, ${REPLY_BYTES} are possible`);
  throw new AppError('internal', 'The job is too large to be sent.', { cause, retryable: false });
}
