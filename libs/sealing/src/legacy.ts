import type { webcrypto } from 'node:crypto';
import { SealingError } from './errors.ts';
import type { KeyRing } from './key-ring.ts';
import { secretBytes } from './keys.ts';

const AES_GCM = 'AES-GCM';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** The AES-256 key of the older form that follows from an encryption secret; it cannot be read back. */
export async function deriveLegacyKey(secret: string): Promise<webcrypto.CryptoKey> {
  const bytes = secretBytes(secret);
  try {
    return await crypto.subtle.importKey('raw', bytes, AES_GCM, false, ['decrypt']);
  } finally {
    bytes.fill(0);
  }
}

/**
 * Opens a record of the older form `iv.tag.ciphertext`: AES-256-GCM, each part in base64, an IV of 12 bytes, a tag of
 * 16, bound to nothing. It names no key, so the ring's are tried, the current one first. Throws `record_malformed` when
 * it has another shape, `does_not_open` when no key opens it. There is no partial result.
 */
export async function openLegacy(ring: KeyRing, record: string): Promise<string> {
  const { iv, sealed } = partsOf(record);
  for (const key of ring.legacy) {
    const opened = await crypto.subtle.decrypt({ name: AES_GCM, iv }, key, sealed).catch(() => null);
    if (opened !== null) return textOf(opened);
  }
  throw doesNotOpen();
}

function partsOf(record: string): { iv: Uint8Array<ArrayBuffer>; sealed: Uint8Array<ArrayBuffer> } {
  const [iv, tag, ciphertext, ...rest] = record.split('.').map(fromBase64);
  if (!iv || !tag || !ciphertext || rest.length > 0) {
    throw new SealingError('record_malformed', 'the older record is not iv.tag.ciphertext, each in base64');
  }
  if (iv.length !== IV_BYTES || tag.length !== TAG_BYTES) {
    throw new SealingError(
      'record_malformed',
      `the older record needs an IV of ${IV_BYTES} bytes and a tag of ${TAG_BYTES}`,
    );
  }
  return { iv: Uint8Array.from(iv), sealed: Uint8Array.from([...ciphertext, ...tag]) };
}

/** Null for what is not base64 (RFC 4648 section 4) written in its one way: Node's decoder skips what it does not know. */
function fromBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}

function textOf(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw doesNotOpen();
  }
}

function doesNotOpen(): SealingError {
  return new SealingError(
    'does_not_open',
    'the older record opens with none of these keys: altered, or of another one',
  );
}
