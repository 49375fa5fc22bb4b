import { createHash } from 'node:crypto';
import type { NatsConnection } from '@nats-io/nats-core';
import { type ObjectStore, Objm } from '@nats-io/obj';
import { AppError } from '@sluice/contracts';
import { JetStreamError } from './jetstream-request.ts';
import { lastBySubject } from './reading.ts';
import { readSubject, readSubjectFromLeader } from './reading-batches.ts';
import type { StoredMessage } from './stored-message.ts';

/** What an event carries instead of a large body. */
export type ObjectReference = {
  /** The object's name in the bucket. */
  readonly object: string;
  /** In bytes. */
  readonly size: number;
  /** 64 hex digits. */
  readonly sha256: string;
};

const buckets = new WeakMap<NatsConnection, Map<string, Promise<ObjectStore>>>();

const openBucket = (nc: NatsConnection, bucket: string): Promise<ObjectStore> => {
  let known = buckets.get(nc);
  if (!known) {
    known = new Map();
    buckets.set(nc, known);
  }
  let opened = known.get(bucket);
  if (!opened) {
    // Without asking for the stream: that costs a permission and a round trip.
    opened = new Objm(nc).open(bucket, false);
    known.set(bucket, opened);
    opened.catch(() => known.delete(bucket));
  }
  return opened;
};

/**
 * Stores a body under a name of the caller's choice, replacing an earlier one. Throws AppError `unavailable`, or
 * `queue_full` when the bucket takes nothing more.
 */
export const putObject = async (
  nc: NatsConnection,
  bucket: string,
  name: string,
  bytes: Uint8Array,
): Promise<ObjectReference> => {
  const sha256 = sha256Of(bytes);
  try {
    const store = await openBucket(nc, bucket);
    await store.putBlob({ name }, bytes);
  } catch (cause) {
    if (/maximum|insufficient/.test(String(cause))) {
      throw new AppError('queue_full', 'The store of large bodies is full; try again later.', { cause });
    }
    throw unavailable(cause);
  }
  return { object: name, size: bytes.length, sha256 };
};

/**
 * The body behind a reference, exactly as it was stored. Throws AppError `input_lost` when it is missing or altered,
 * `unavailable` when the store does not answer. Read by get requests, not through the client library: its reader
 * makes a consumer, and waits for ever when the chunks of an object are gone.
 */
export const getObject = async (
  nc: NatsConnection,
  bucket: string,
  reference: ObjectReference,
): Promise<Uint8Array> => {
  const stream = `OBJ_${bucket}`;
  try {
    const chunks = await chunkSubject(nc, bucket, reference.object);
    if (chunks !== undefined) {
      const limits = { maxBytes: reference.size };
      const found = verified(await readSubject(nc, stream, chunks, limits), reference);
      if (found) return found;
      // A replica may lack what was stored a moment ago; the leader does not.
      const again = verified(await readSubjectFromLeader(nc, stream, chunks, limits), reference);
      if (again) return again;
    }
  } catch (cause) {
    if (cause instanceof JetStreamError) throw unavailable(cause);
    throw cause;
  }
  throw new AppError('input_lost', 'A large body is no longer what was stored.');
};

/** Where an object's chunks are, from its entry in the bucket (ADR-20 of NATS); nothing when it has none. */
const chunkSubject = async (
  nc: NatsConnection,
  bucket: string,
  object: string,
): Promise<string | undefined> => {
  const key = Buffer.from(object).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
  const entry = await lastBySubject(nc, `OBJ_${bucket}`, `$O.${bucket}.M.${key}`);
  if (!entry) return undefined;
  const { nuid, deleted } = entry.json() as { nuid?: string; deleted?: boolean };
  return nuid === undefined || deleted === true ? undefined : `$O.${bucket}.C.${nuid}`;
};

const verified = (chunks: readonly StoredMessage[], reference: ObjectReference): Uint8Array | undefined => {
  const bytes = Buffer.concat(chunks.map(({ data }) => data));
  return bytes.length === reference.size && sha256Of(bytes) === reference.sha256 ? bytes : undefined;
};

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const unavailable = (cause: unknown): AppError =>
  new AppError('unavailable', 'The store of large bodies does not answer; try again.', { cause });
