/** The bytes of a data URI in base64; undefined for anything else. */
export function bytesOfDataUri(uri: string): Uint8Array | undefined {
  const comma = /^data:[^,]{0,100};base64,/i.exec(uri)?.[0].length;
  return comma === undefined ? undefined : Buffer.from(uri.slice(comma), 'base64');
}

export function dataUriOf({ mimeType, bytes }: { mimeType: string; bytes: Uint8Array }): string {
  return `data:${mimeType};base64,${base64Of(bytes)}`;
}

export function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}
