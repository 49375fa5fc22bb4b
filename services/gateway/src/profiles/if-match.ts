import { AppError } from '@sluice/contracts';

/** entity-tag of RFC 9110, section 8.8.3, and a list of them. */
const TAG = '(?:W/)?"[\\x21\\x23-\\x7e\\x80-\\xff]*"';
const LIST = new RegExp(`^${TAG}(?:[ \\t]*,[ \\t]*${TAG})*$`);
/** Ours are versions. A weak one never matches: the comparison is the strong one (section 13.1.1). */
const VERSION = /(?<!W\/)"([1-9]\d{0,14})"/g;

/**
 * The versions that an `If-Match` header names, or undefined where any will do (no header, or `*`). Tags that are none
 * of ours name no version, and so match nothing. Throws AppError `bad_request` for what is no list of entity tags.
 */
export function versionsOf(ifMatch: string | undefined): number[] | undefined {
  const header = ifMatch?.trim();
  if (header === undefined || header === '*') return undefined;
  if (LIST.test(header)) return [...header.matchAll(VERSION)].map(([, version]) => Number(version));
  const message = 'must be "<version>" in double quotes, as in the ETag of an answer, or *';
  throw new AppError('bad_request', `If-Match ${message}.`, {
    details: [{ path: 'headers.if-match', message }],
  });
}

export function etagOf({ version }: { version: number }): string {
  return `"${version}"`;
}
