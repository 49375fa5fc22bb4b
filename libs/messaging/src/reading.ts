import type { NatsConnection } from '@nats-io/nats-core';
import { JETSTREAM_ERROR, JetStreamError, jetStreamRequest } from './jetstream-request.ts';
import { type StoredMessage, storedMessageOf } from './stored-message.ts';

type Question = { last_by_subj: string } | { next_by_subj: string; seq: number } | { seq: number };

// The leader's get, never a replica's: what was just acknowledged is found.
const getStored = async (
  nc: NatsConnection,
  stream: string,
  question: Question,
  timeoutMs?: number,
): Promise<StoredMessage | null> => {
  try {
    return storedMessageOf(
      await jetStreamRequest(nc, `$JS.API.STREAM.MSG.GET.${stream}`, question, timeoutMs),
    );
  } catch (error) {
    if (error instanceof JetStreamError && error.code === JETSTREAM_ERROR.messageNotFound) return null;
    throw error;
  }
};

/**
 * The newest message of a subject, wildcards allowed, from the stream's leader; null when there is none. Throws
 * AppError `unavailable` when nobody answers, JetStreamError when the stream does not exist.
 */
export const lastBySubject = (
  nc: NatsConnection,
  stream: string,
  subject: string,
  timeoutMs?: number,
): Promise<StoredMessage | null> => getStored(nc, stream, { last_by_subj: subject }, timeoutMs);

/** The message of a stream sequence, or null. Errors as lastBySubject. */
export const getMessage = (
  nc: NatsConnection,
  stream: string,
  sequence: number,
): Promise<StoredMessage | null> => getStored(nc, stream, { seq: sequence });

/** The first message of a subject, wildcards allowed, at or after a sequence, or null. Errors as lastBySubject. */
export const nextBySubject = (
  nc: NatsConnection,
  stream: string,
  subject: string,
  fromSequence: number,
): Promise<StoredMessage | null> => getStored(nc, stream, { next_by_subj: subject, seq: fromSequence });

/**
 * The subjects under a filter that a stream holds messages of, and how many of each; 100,000 subjects at most, which
 * is what the server tells at once. Errors as lastBySubject.
 */
export const subjectsIn = async (
  nc: NatsConnection,
  stream: string,
  filter: string,
): Promise<Readonly<Record<string, number>>> => {
  const info = await jetStreamRequest(nc, `$JS.API.STREAM.INFO.${stream}`, { subjects_filter: filter });
  return (info as { state: { subjects?: Record<string, number> } }).state.subjects ?? {};
};

/**
 * Removes all messages of one literal subject, or those before a stream sequence, and returns how many there were.
 * Wildcards are refused: at a million jobs such a purge holds up everybody for seconds. Errors as lastBySubject.
 */
export const purgeSubject = async (
  nc: NatsConnection,
  stream: string,
  subject: string,
  { before }: { before?: number } = {},
): Promise<number> => {
  if (/(^|\.)[*>](\.|$)/.test(subject)) throw new TypeError(`${subject} is no literal subject`);
  const which = { filter: subject, ...(before !== undefined && { seq: before }) };
  const answer = await jetStreamRequest(nc, `$JS.API.STREAM.PURGE.${stream}`, which);
  return (answer as { purged: number }).purged;
};

/** How many messages a stream holds of one literal subject. Errors as lastBySubject. */
export const countSubject = async (nc: NatsConnection, stream: string, subject: string): Promise<number> => {
  return (await subjectsIn(nc, stream, subject))[subject] ?? 0;
};
