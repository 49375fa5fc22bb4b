export function toBase64url(bytes: ArrayBuffer | Uint8Array): string {
  return Buffer.from(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes)).toString('base64url');
}

/**
 * Decodes unpadded base64url (RFC 4648 section 5), or answers null. Node's decoder skips what it does not
 * know; here one value has exactly one text, so that a record cannot be altered and still be the same.
 */
export function fromBase64url(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : null;
}
