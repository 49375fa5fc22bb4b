/** The text of a message's bytes, without copying them first. */
export const textOf = (data: Uint8Array): string =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8');

/** Parses a message as JSON; throws a SyntaxError. */
export const jsonOf = (data: Uint8Array): unknown => JSON.parse(textOf(data));
