import type { IncomingMessage } from 'node:http';

const LARGEST_BODY = 64 * 1024 * 1024;

/** The whole body; null when it is larger than 64 MiB. Rejects when the client goes away while sending. */
export function readBody(req: IncomingMessage): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= LARGEST_BODY) {
        chunks.push(chunk);
      }
    });
    req.on('end', () => resolve(size > LARGEST_BODY ? null : Buffer.concat(chunks)));
    req.on('error', reject);
    req.on('close', () => {
      if (!req.complete) {
        reject(new Error('the client went away'));
      }
    });
  });
}
