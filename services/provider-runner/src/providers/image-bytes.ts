import type { ImageType } from '@sluice/contracts';

/** What an image is by its first bytes (the formats' own signatures); undefined for what is none of the four. */
export function imageTypeOf(bytes: Uint8Array): ImageType | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 12)).toString('latin1');
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (head.startsWith('GIF87a') || head.startsWith('GIF89a')) return 'image/gif';
  return head.startsWith('RIFF') && head.slice(8) === 'WEBP' ? 'image/webp' : undefined;
}

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
