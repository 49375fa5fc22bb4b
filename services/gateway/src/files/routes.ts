import { Readable } from 'node:stream';
import { AppError, imageTypeOf, objectOfFile, PAYLOADS_BUCKET } from '@sluice/contracts';
import { openObject } from '@sluice/messaging';
import { z } from 'zod';
import type { GatewayDeps } from '../deps.ts';
import { describeRoute } from '../edge/describe-route.ts';
import type { GatewayApp } from '../edge/gateway-app.ts';

/**
 * What a model drew is shown and nothing else, wherever it is opened: no script, no form, no frame (OWASP File Upload
 * Cheat Sheet; CSP 3, `sandbox`).
 */
const HEADERS = {
  'content-disposition': 'inline',
  'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  // Kept by the browser of whoever may see it, and asked for again by its ETag.
  'cache-control': 'private, no-cache',
};

const paramsSchema = z.object({ id: z.string() });

/** `GET /api/files/:id`: an image that a job of the caller's team made, for as long as its payload is kept. */
export function fileRoute(app: GatewayApp, { nc }: Pick<GatewayDeps, 'nc'>): void {
  app.get(
    '/api/files/:id',
    describeRoute({
      summary: 'An image that a job made',
      tag: 'files',
      access: { scope: 'jobs:read' },
      params: paramsSchema,
      headers: ['If-None-Match'],
      answers: {
        200: { description: 'the image', contentType: 'image/*', schema: z.string() },
        304: { description: 'If-None-Match names the image as it is' },
      },
    }),
    async (request, reply) => {
      const { id } = request.params as z.infer<typeof paramsSchema>;
      const name = objectOfFile(request.identity.teamId, id);
      const object = name === null ? null : await openObject(nc, PAYLOADS_BUCKET, name);
      if (!object) throw noSuchFile();
      const etag = `"${object.digest}"`;
      reply.headers({ ...HEADERS, etag });
      if (namesTag(request.headers['if-none-match'], etag)) return reply.code(304).send();

      const chunks = object.read();
      const { value: first } = await chunks.next().catch((cause: unknown) => {
        // Chunks and their entry reach the age of the bucket one after the other.
        throw cause instanceof AppError && cause.code === 'input_lost' ? noSuchFile(cause) : cause;
      });
      if (!first) throw noSuchFile();
      reply.headers({
        'content-type': imageTypeOf(first) ?? 'application/octet-stream',
        'content-length': object.size,
      });
      // Read as the client takes it: a chunk or two in memory. One that is not what was stored breaks the connection.
      return reply.send(Readable.from(withFirst(first, chunks), { objectMode: false }));
    },
  );
}

async function* withFirst(first: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

/** RFC 9110, section 13.1.2: any of a list, weak or strong, or `*`. */
function namesTag(header: string | undefined, etag: string): boolean {
  const tags = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}

function noSuchFile(cause?: unknown): AppError {
  return new AppError('not_found', 'There is no such file.', {
    cause,
    details: [{ path: 'id', message: 'names no file of this team' }],
  });
}
