import { createHash } from 'node:crypto';
import { AppError, encodeId, type JobSettings } from '@sluice/contracts';

/**
 * The `Idempotency-Key` of a request: 1 to 255 visible ASCII characters, or undefined.
 * Errors: bad_request.
 */
export function idempotencyKeyOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && /^[\x21-\x7e]{1,255}$/.test(header)) return header;
  throw new AppError('bad_request', 'Idempotency-Key must be 1 to 255 visible ASCII characters', {
    details: [{ path: 'headers.idempotency-key', message: 'must be 1 to 255 visible ASCII characters' }],
  });
}

/** One key of one team always names the same job. The id is 128 bits of SHA-256, so keys cannot be guessed back. */
export function jobIdOf(teamId: string, key: string): string {
  return encodeId(createHash('sha256').update(`${teamId}\n${key}`).digest().subarray(0, 16));
}

/** Tells a repeated request from another one under the same key. How the answer travels does not count. */
export function fingerprintOf(route: string, body: JobSettings | { jobId: string }): string {
  const { stream: _stream, onDisconnect: _onDisconnect, ...meaning } = body as JobSettings;
  return createHash('sha256').update(route).update('\n').update(canonical(meaning)).digest('base64url');
}

/** JSON with sorted keys: the order of keys in a body means nothing. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
