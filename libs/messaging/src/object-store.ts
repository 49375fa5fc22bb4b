import { createHash } from 'node:crypto';
import { type NatsConnection, nuid } from '@nats-io/nats-core';
import { AppError } from '@sluice/contracts';
import { JetStreamError } from './jetstream-request.ts';
import { publishStored } from './publish.ts';
import { lastBySubject, nextBySubject, purgeSubject, subjectsIn } from './reading.ts';
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

const CHUNK_BYTES = 128 * 1024;

/**
 * Stores a body under a name of the caller's choice, in the form of ADR-20 of NATS. Written by us and not through the
 * client library: that one asks for the account's information and purges what a name held before, and a gateway may
 * purge nothing. The chunks of an object that is replaced, or not stored to its end, stay until the bucket's age ends
 * them. Throws AppError `unavailable`, or `queue_full` when the bucket takes nothing more.
 */
export const putObject = async (
  nc: NatsConnection,
  bucket: string,
  name: string,
  bytes: Uint8Array,
): Promise<ObjectReference> => {
  const hash = createHash('sha256').update(bytes).digest();
  const id = nuid.next();
  const chunks = Math.ceil(bytes.length / CHUNK_BYTES);
  const put = (subject: string, body: Uint8Array | string, headers: Record<string, string>) =>
    publishStored(nc, { subject: `$O.${bucket}.${subject}`, body, headers });
  try {
    // One after the other: their order is the body's. With an id each, as a chunk stored twice would be another body.
    for (let chunk = 0; chunk < chunks; chunk += 1) {
      const body = bytes.subarray(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES);
      await put(`C.${id}`, body, { 'Nats-Msg-Id': `${id}.${chunk}` });
    }
    const entry = {
      ...{ name, bucket, nuid: id, size: bytes.length, chunks, deleted: false },
      ...{ mtime: new Date().toISOString(), options: { max_chunk_size: CHUNK_BYTES } },
      digest: `SHA-256=${urlSafe(hash.toString('base64'))}`,
    };
    await put(`M.${entryToken(name)}`, JSON.stringify(entry), {});
  } catch (cause) {
    if (cause instanceof AppError && cause.code === 'queue_full') {
      throw new AppError('queue_full', 'The store of large bodies is full; try again later.', { cause });
    }
    throw unavailable(cause);
  }
  return { object: name, size: bytes.length, sha256: hash.toString('hex') };
};

/** Standard base64 with padding in the alphabet of URLs, which ADR-20 names objects and digests in. */
const urlSafe = (base64: string): string => base64.replaceAll('+', '-').replaceAll('/', '_');
const entryToken = (object: string): string => urlSafe(Buffer.from(object).toString('base64'));

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

/**
 * The names in a bucket that begin with `prefix`, deleted ones not among them. Reads every name of the bucket. Throws
 * AppError `unavailable`.
 */
export const listObjects = async (nc: NatsConnection, bucket: string, prefix: string): Promise<string[]> => {
  const head = `$O.${bucket}.M.`;
  const subjects = await subjectsIn(nc, `OBJ_${bucket}`, `${head}>`);
  return Object.keys(subjects)
    .map((subject) => Buffer.from(subject.slice(head.length), 'base64url').toString())
    .filter((name) => name.startsWith(prefix));
};

/**
 * Removes an object without leaving a marker of it, as the client library would; false when there was none. Throws
 * AppError `unavailable`.
 */
export const removeObject = async (nc: NatsConnection, bucket: string, object: string): Promise<boolean> => {
  const stream = `OBJ_${bucket}`;
  const chunks = await chunkSubject(nc, bucket, object);
  // The entry last: without it nobody would find the chunks again.
  if (chunks !== undefined) await purgeSubject(nc, stream, chunks);
  return (await purgeSubject(nc, stream, entrySubject(bucket, object))) > 0;
};

const entrySubject = (bucket: string, object: string): string =>
  `$O.${bucket}.M.${Buffer.from(object).toString('base64').replaceAll('+', '-').replaceAll('/', '_')}`;

/** Where an object's chunks are, from its entry in the bucket (ADR-20 of NATS); nothing when it has none. */
const chunkSubject = async (
  nc: NatsConnection,
  bucket: string,
  object: string,
): Promise<string | undefined> => {
  return (await entryOf(nc, bucket, object))?.chunks;
};

type ObjectEntry = { readonly chunks: string; readonly size: number; readonly digest: string };

const entryOf = async (
  nc: NatsConnection,
  bucket: string,
  object: string,
): Promise<ObjectEntry | undefined> => {
  const entry = await lastBySubject(nc, `OBJ_${bucket}`, `$O.${bucket}.M.${entryToken(object)}`);
  if (!entry) return undefined;
  const {
    nuid,
    deleted,
    size = 0,
    digest = '',
  } = entry.json() as Partial<ObjectEntry & { nuid: string; deleted: boolean }>;
  if (nuid === undefined || deleted === true) return undefined;
  return { chunks: `$O.${bucket}.C.${nuid}`, size, digest: digest.replace(/^SHA-256=/, '') };
};

/** An object that is read as it is needed. */
export type OpenedObject = {
  /** In bytes. */
  readonly size: number;
  /** SHA-256 of the whole, in base64url. */
  readonly digest: string;
  /**
   * The body, a chunk at a time. The last chunk comes only when all of them are what was stored: throws AppError
   * `input_lost` where not, `unavailable` when the store does not answer.
   */
  read(): AsyncGenerator<Uint8Array>;
};

/** The object of a name, for readers who have no reference to it; null when there is none. Throws AppError `unavailable`. */
export const openObject = async (
  nc: NatsConnection,
  bucket: string,
  object: string,
): Promise<OpenedObject | null> => {
  try {
    const entry = await entryOf(nc, bucket, object);
    if (!entry) return null;
    return { size: entry.size, digest: entry.digest, read: () => readChunks(nc, bucket, entry) };
  } catch (cause) {
    if (cause instanceof JetStreamError) throw unavailable(cause);
    throw cause;
  }
};

async function* readChunks(
  nc: NatsConnection,
  bucket: string,
  { chunks, size, digest }: ObjectEntry,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let read = 0;
  // One by one from the leader: a batch would hold the whole object in memory.
  for (let next = 1; read < size; ) {
    const chunk = await nextBySubject(nc, `OBJ_${bucket}`, chunks, next);
    if (!chunk) break;
    next = chunk.sequence + 1;
    read += chunk.data.length;
    hash.update(chunk.data);
    if (read < size) yield chunk.data;
    else if (read === size && urlSafe(hash.digest('base64')) === digest) {
      yield chunk.data;
      return;
    }
  }
  if (size > 0) throw new AppError('input_lost', 'A large body is no longer what was stored.');
}

const verified = (chunks: readonly StoredMessage[], reference: ObjectReference): Uint8Array | undefined => {
  const bytes = Buffer.concat(chunks.map(({ data }) => data));
  return bytes.length === reference.size && sha256Of(bytes) === reference.sha256 ? bytes : undefined;
};

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const unavailable = (cause: unknown): AppError =>
  new AppError('unavailable', 'The store of large bodies does not answer; try again.', { cause });
