import { createHash } from 'node:crypto';
import type { Answering } from './plain-route.ts';

const MAX_INPUTS = 2048;
const USUAL_DIMENSIONS = 8;

/** `POST /v1/embeddings`: the same vector for the same text, of length 1; a token of its usage is a word. */
export const answerEmbeddings: Answering = ({ input, model, dimensions, encoding_format: encoding }) => {
  const texts = Array.isArray(input) ? input : [input];
  if (texts.length === 0 || !texts.every((text) => typeof text === 'string' && text !== '')) {
    return { fault: "'input' has to be a text or a list of texts, none of them empty" };
  }
  if (texts.length > MAX_INPUTS) return { fault: `'input' has more than ${MAX_INPUTS} texts` };
  const tokens = texts.join(' ').split(/\s+/).length;
  const length = typeof dimensions === 'number' ? dimensions : USUAL_DIMENSIONS;
  const data = texts.map((text, index) => {
    const vector = vectorOf(text, length);
    const embedding = encoding === 'base64' ? Buffer.from(vector.buffer).toString('base64') : [...vector];
    return { object: 'embedding', index, embedding };
  });
  return { answer: { object: 'list', data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } } };
};

function vectorOf(text: string, length: number): Float32Array {
  const numbers = Array.from({ length }, (_, place) => {
    const digest = createHash('sha256').update(`${place} ${text}`).digest();
    return digest.readInt32BE(0) / 2 ** 31;
  });
  const size = Math.hypot(...numbers);
  return Float32Array.from(numbers, (number) => number / size);
}
