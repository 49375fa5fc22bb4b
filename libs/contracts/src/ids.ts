import { z } from 'zod';

/** Every id of ours is a URL-safe string and one NATS subject token: no dots, spaces or wildcards. */
export const idSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 characters of A-Z a-z 0-9 _ -');

/** A gateway replica's name, chosen at its start; runners build subjects from it. */
export const gatewayIdSchema = z.string().regex(/^[a-z0-9]{1,32}$/);

/** 8 to 128 characters that are safe in a header, a log line and a subject's message. */
export const requestIdSchema = z.string().regex(/^[A-Za-z0-9._-]{8,128}$/);

export const traceIdSchema = z.string().regex(/^[0-9a-f]{32}$/);

/** Lower-case base 32 (RFC 4648 alphabet) of 16 bytes: 26 characters that a double click selects whole. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

export function encodeId(bytes: Uint8Array): string {
  let text = '';
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET.charAt((held >> bits) & 31);
    }
  }
  return bits > 0 ? text + ALPHABET.charAt((held << (5 - bits)) & 31) : text;
}

const ID_BYTES = 16;
/** Random bytes are drawn for many ids at once: each draw is a call into the system's generator. */
const pool = new Uint8Array(256 * ID_BYTES);
let drawn = pool.length;

/** A random id of 128 bits. */
export function newId(): string {
  if (drawn === pool.length) {
    globalThis.crypto.getRandomValues(pool);
    drawn = 0;
  }
  const id = encodeId(pool.subarray(drawn, drawn + ID_BYTES));
  drawn += ID_BYTES;
  return id;
}
