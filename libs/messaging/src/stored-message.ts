import type { MsgHdrs } from '@nats-io/nats-core';
import { MsgHdrsImpl } from '@nats-io/nats-core/internal';
import { jsonOf } from './message-body.ts';

/** A message as a stream keeps it. */
export type StoredMessage = {
  readonly subject: string;
  readonly sequence: number;
  /** When the stream stored it, in milliseconds since 1970. */
  readonly storedAt: number;
  readonly headers: MsgHdrs | undefined;
  readonly data: Uint8Array;
  /** The body as JSON; throws a SyntaxError. */
  json(): unknown;
};

type ApiMessage = { subject: string; seq: number; time: string; hdrs?: string; data?: string };

const NOTHING = new Uint8Array(0);

/** From the answer of `STREAM.MSG.GET`. */
export const storedMessageOf = (answer: unknown): StoredMessage => {
  const { message } = answer as { message: ApiMessage };
  const data = message.data === undefined ? NOTHING : Buffer.from(message.data, 'base64');
  return {
    subject: message.subject,
    sequence: message.seq,
    storedAt: Date.parse(message.time),
    headers: message.hdrs === undefined ? undefined : MsgHdrsImpl.decode(Buffer.from(message.hdrs, 'base64')),
    data,
    json: () => jsonOf(data),
  };
};

/** From a message of `DIRECT.GET`, which carries where it was stored in headers. */
export const directMessageOf = (headers: MsgHdrs, data: Uint8Array): StoredMessage => ({
  subject: headers.get('Nats-Subject'),
  sequence: Number(headers.get('Nats-Sequence')),
  storedAt: Date.parse(headers.get('Nats-Time-Stamp')),
  headers,
  data,
  json: () => jsonOf(data),
});
