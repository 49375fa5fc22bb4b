import { randomUUID } from 'node:crypto';

export type FormFile = {
  readonly field: string;
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: Uint8Array;
};

/**
 * A form with files (RFC 7578) as the bytes of a body, with its content type. Names are ours and need no escaping;
 * fields without a value are left out.
 */
export function multipartOf(
  fields: Readonly<Record<string, string | number | undefined>>,
  files: readonly FormFile[],
): { type: string; body: Uint8Array } {
  const boundary = `form-${randomUUID()}`;
  const part = (disposition: string, lines = '') =>
    `--${boundary}\r\ncontent-disposition: form-data; ${disposition}\r\n${lines}\r\n`;
  const body = [
    ...Object.entries(fields).flatMap(([name, value]) =>
      value === undefined ? [] : [Buffer.from(`${part(`name="${name}"`)}${value}\r\n`)],
    ),
    ...files.flatMap(({ field, name, mimeType, bytes }) => [
      Buffer.from(part(`name="${field}"; filename="${name}"`, `content-type: ${mimeType}\r\n`)),
      bytes,
      Buffer.from('\r\n'),
    ]),
    Buffer.from(`--${boundary}--\r\n`),
  ];
  return { type: `multipart/form-data; boundary=${boundary}`, body: Buffer.concat(body) };
}
