import { createHash } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';
import type { Answering } from './plain-route.ts';

const MAX_IMAGES = 10;
/** Pixels on each side. */
const SIDE = 16;

/**
 * `POST /v1/images/generations`: images of one colour, the same for the same prompt, by a URL of this server unless
 * `response_format` is `b64_json`.
 */
export const answerImages =
  (origin: string): Answering =>
  ({ prompt, n = 1, response_format: format }) => {
    if (typeof prompt !== 'string' || prompt === '') return { fault: "'prompt' has to be a text" };
    if (typeof n !== 'number' || n < 1 || n > MAX_IMAGES)
      return { fault: `'n' is not between 1 and ${MAX_IMAGES}` };
    const data = Array.from({ length: n }, (_, index) => {
      const colour = createHash('sha256').update(`${index} ${prompt}`).digest('hex').slice(0, 6);
      const image =
        format === 'b64_json'
          ? { b64_json: pngOf(colour).toString('base64') }
          : { url: `${origin}/images/${colour}.png` };
      return { ...image, revised_prompt: `${prompt} (${index + 1})` };
    });
    return { answer: { created: 1_795_392_000, data } };
  };

/** The image behind such a URL; null for another path. */
export function imageAt(path: string): Buffer | null {
  const [, colour] = /^\/images\/([0-9a-f]{6})\.png$/.exec(path) ?? [];
  return colour === undefined ? null : pngOf(colour);
}

/** A square of one colour (six hex digits) as a PNG (W3C, PNG specification): 8 bits for each of red, green, blue. */
function pngOf(colour: string): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(SIDE, 0);
  header.writeUInt32BE(SIDE, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const row = Buffer.concat([Buffer.of(0), Buffer.from(colour.repeat(SIDE), 'hex')]);
  const rows = Buffer.concat(Array.from({ length: SIDE }, () => row));
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunkOf('IHDR', header),
    chunkOf('IDAT', deflateSync(rows)),
    chunkOf('IEND', Buffer.alloc(0)),
  ]);
}

function chunkOf(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
