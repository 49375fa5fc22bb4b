import { type NatsConnection, NoRespondersError, RequestError } from '@nats-io/nats-core';
import { AppError } from '@sluice/contracts';
import { REQUEST_TIMEOUT_MS } from './jetstream-request.ts';
import { throwIfNotPermitted } from './not-permitted.ts';
import { nextBySubject } from './reading.ts';
import { directMessageOf, type StoredMessage } from './stored-message.ts';

export type ReadSubjectOptions = {
  /** The first stream sequence wanted. Default 1. */
  readonly fromSequence?: number;
  /** Default 10,000 messages. */
  readonly maxMessages?: number;
  /** Of bodies. Default 64 MB. */
  readonly maxBytes?: number;
};

const MAX_MESSAGES = 10_000;
const MAX_BYTES = 64 * 1024 * 1024;
const BATCH = 512;

/**
 * All messages of a subject or filter, in the stream's order, up to the bounds. In batches by direct get where the
 * stream allows it (a replica may answer, and lack what was acknowledged a moment ago), else one by one from the
 * leader. Throws AppError `unavailable`.
 */
export const readSubject = async (
  nc: NatsConnection,
  stream: string,
  filter: string,
  options: ReadSubjectOptions = {},
): Promise<StoredMessage[]> => {
  const gathering = gather(options);
  for (;;) {
    const answered = await readBatch(nc, stream, filter, gathering);
    if (answered === 'end') return gathering.found;
    if (answered === 'not allowed') return readOneByOne(nc, stream, filter, gathering);
  }
};

/** The same from the stream's leader alone, which has all that was acknowledged; one round trip a message. */
export const readSubjectFromLeader = (
  nc: NatsConnection,
  stream: string,
  filter: string,
  options: ReadSubjectOptions = {},
): Promise<StoredMessage[]> => readOneByOne(nc, stream, filter, gather(options));

type Gathering = {
  readonly found: StoredMessage[];
  /** The stream sequence to go on from. */
  next: number;
  /** False when a bound is reached. */
  add(message: StoredMessage): boolean;
};

const gather = (options: ReadSubjectOptions): Gathering => {
  const { fromSequence = 1, maxMessages = MAX_MESSAGES, maxBytes = MAX_BYTES } = options;
  let bytes = 0;
  const gathering: Gathering = {
    found: [],
    next: fromSequence,
    add: (message) => {
      bytes += message.data.length;
      if (bytes > maxBytes) return false;
      gathering.found.push(message);
      gathering.next = message.sequence + 1;
      return gathering.found.length < maxMessages;
    },
  };
  return gathering;
};

const readOneByOne = async (
  nc: NatsConnection,
  stream: string,
  filter: string,
  gathering: Gathering,
): Promise<StoredMessage[]> => {
  for (;;) {
    const message = await nextBySubject(nc, stream, filter, gathering.next);
    if (!message || !gathering.add(message)) return gathering.found;
  }
};

const readBatch = async (
  nc: NatsConnection,
  stream: string,
  filter: string,
  gathering: Gathering,
): Promise<'more' | 'end' | 'not allowed'> => {
  const question = JSON.stringify({ batch: BATCH, next_by_subj: filter, seq: gathering.next });
  try {
    const answers = await nc.requestMany(`$JS.API.DIRECT.GET.${stream}`, question, {
      strategy: 'timer',
      maxWait: REQUEST_TIMEOUT_MS,
    });
    for await (const { headers, data } of answers) {
      if (headers === undefined || headers.code === 404) return 'end';
      // End of the batch: how many of the filter are left stands beside it.
      if (headers.code === 204) return Number(headers.get('Nats-Num-Pending')) > 0 ? 'more' : 'end';
      if (headers.code > 0) throw new Error(`direct get: ${headers.code} ${headers.description}`);
      if (!gathering.add(directMessageOf(headers, data))) return 'end';
    }
  } catch (cause) {
    // Nobody listens for direct gets of a stream that does not allow them.
    if (isNoResponders(cause)) return 'not allowed';
    throwIfNotPermitted(cause, `$JS.API.DIRECT.GET.${stream}`);
    throw new AppError('unavailable', 'The message store does not answer; try again.', { cause });
  }
  throw new AppError('unavailable', 'The message store does not answer; try again.');
};

/** True for the answer 503: nobody listens on the subject. */
export const isNoResponders = (error: unknown): boolean =>
  error instanceof NoRespondersError || (error instanceof RequestError && error.isNoResponders());
