import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/** SHA-256 of a file's bytes in lower-case hex. */
export const sha256OfFile = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
};

/** Throws, naming both sums, unless the file has the SHA-256 expected. */
export const requireSha256 = async (path: string, expected: string): Promise<void> => {
  const found = await sha256OfFile(path);
  if (found !== expected) throw new Error(`SHA-256 is ${found}, expected ${expected}: not used`);
};
