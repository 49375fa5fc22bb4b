import type { NatsConnection } from '@nats-io/nats-core';
import { AppError } from '@sluice/contracts';
import { textOf } from './message-body.ts';
import { throwIfNotPermitted } from './not-permitted.ts';

/** Error codes of the JetStream API (nats-server, `server/errors.json`) that we tell apart. */
export const JETSTREAM_ERROR = {
  insufficientResources: 10023,
  insufficientMemory: 10028,
  consumerNotFound: 10014,
  messageNotFound: 10037,
  insufficientStorage: 10047,
  accountResources: 10002,
  messageTooLarge: 10054,
  streamNotFound: 10059,
  wrongLastSequence: 10071,
  storeFailed: 10077,
  sameGuardInFlight: 10164,
} as const;

/** An error answer of the JetStream API. */
export class JetStreamError extends Error {
  override readonly name = 'JetStreamError';
  /** The HTTP-like class of the error: 503 passes. */
  readonly status: number;
  readonly code: number;
  constructor(status: number, code: number, description: string) {
    super(description);
    this.status = status;
    this.code = code;
  }
}

export const REQUEST_TIMEOUT_MS = 5_000;

/**
 * Asks the JetStream API and returns its parsed answer. Throws JetStreamError for an error answer, AppError
 * `unavailable` when none comes, `internal` when this user may not ask.
 */
export const jetStreamRequest = async (
  nc: NatsConnection,
  subject: string,
  body: object,
  timeoutMs = REQUEST_TIMEOUT_MS,
): Promise<unknown> => {
  let answer: unknown;
  try {
    const reply = await nc.request(subject, JSON.stringify(body), { timeout: timeoutMs });
    answer = JSON.parse(textOf(reply.data));
  } catch (cause) {
    throwIfNotPermitted(cause, subject);
    throw new AppError('unavailable', 'The message store does not answer; try again.', { cause });
  }
  const error = errorOf(answer);
  if (error) throw error;
  return answer;
};

type ApiAnswer = { error?: { code?: number; err_code?: number; description?: string } };

/** The error of a JetStream answer, if it is one. */
export const errorOf = (answer: unknown): JetStreamError | undefined => {
  const { error } = answer as ApiAnswer;
  if (!error) return undefined;
  return new JetStreamError(error.code ?? 0, error.err_code ?? 0, error.description ?? 'unknown error');
};
