import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { requireSha256 } from './sha256.ts';

export type Download = {
  readonly url: string;
  /** SHA-256 of the bytes, lower-case hex. */
  readonly sha256: string;
  /** File to write; it holds verified bytes only when the call returns. */
  readonly to: string;
  /** Milliseconds until the answer's headers must be there, redirects included. */
  readonly connectTimeoutMs: number;
  /** Milliseconds for the whole download. */
  readonly totalTimeoutMs: number;
};

/** Downloads a file and verifies it. Throws an error that says why it could not; never logs or returns the bytes. */
export const download = async ({
  url,
  sha256,
  to,
  connectTimeoutMs,
  totalTimeoutMs,
}: Download): Promise<void> => {
  const abort = new AbortController();
  const host = new URL(url).host;
  const bound = (what: string, ms: number): NodeJS.Timeout =>
    setTimeout(() => abort.abort(new Error(`${host} ${what} within ${ms / 1000} s`)), ms);
  const connecting = bound('did not answer', connectTimeoutMs);
  const total = bound('did not deliver', totalTimeoutMs);
  try {
    const response = await fetch(url, { signal: abort.signal });
    clearTimeout(connecting);
    if (!response.ok || !response.body) throw new Error(`${host} answered ${response.status}`);
    await pipeline(Readable.fromWeb(response.body), createWriteStream(to), { signal: abort.signal });
    await requireSha256(to, sha256);
  } catch (error) {
    if (abort.signal.aborted) throw abort.signal.reason;
    throw explained(host, error);
  } finally {
    clearTimeout(connecting);
    clearTimeout(total);
  }
};

const explained = (host: string, error: unknown): unknown => {
  // undici says "fetch failed" and keeps the reason (a name that does not resolve, a refused connection) as cause.
  if (!(error instanceof TypeError) || !(error.cause instanceof Error)) return error;
  const code = 'code' in error.cause ? String(error.cause.code) : error.cause.message;
  return new Error(`${host} was not reached (${code})`, { cause: error });
};
