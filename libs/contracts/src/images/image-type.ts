import type { ImageType } from './image.v1.ts';

/** The formats' own signatures, in hex; a dot stands for any half of a byte. */
const SIGNATURES: readonly (readonly [ImageType, RegExp])[] = [
  ['image/png', /^89504e470d0a1a0a/],
  ['image/jpeg', /^ffd8ff/],
  ['image/gif', /^47494638(37|39)61/],
  ['image/webp', /^52494646.{8}57454250/],
];

/** What an image is by its first bytes, whatever it is said to be; undefined for what is none of the four. */
export function imageTypeOf(bytes: Uint8Array): ImageType | undefined {
  const head = Array.from(bytes.subarray(0, 12), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return SIGNATURES.find(([, signature]) => signature.test(head))?.[0];
}
