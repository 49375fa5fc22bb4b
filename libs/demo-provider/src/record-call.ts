import { hash } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { CallLog } from './call-log.ts';
import { readBody } from './read-body.ts';
import { wasCutOff } from './send-parts.ts';

const KEPT_BODY_BYTES = 4096;

/** A request as every route reads it. */
export type ReadCall = {
  /** Null for a body that is too large. */
  readonly bytes: Buffer | null;
  /** The body as JSON; undefined where it is none. */
  readonly body: unknown;
  /** The bearer token; null without one. */
  readonly token: string | null;
};

export async function readCall(req: IncomingMessage): Promise<ReadCall> {
  const bytes = await readBody(req);
  const body = bytes === null ? undefined : parseJson(bytes);
  return { bytes, body, token: bearerToken(req.headers) };
}

/** Puts a call into the log, and its end once it has one. */
export function recordCall(
  log: CallLog,
  req: IncomingMessage,
  res: ServerResponse,
  { bytes, body, token, ...about }: ReadCall & { label: string | null; model: string; stream: boolean },
): void {
  const call = {
    ...about,
    keySha256: token === null ? null : hash('sha256', token),
    requestHeaders: withoutKeys(req.headers),
    body: bytes !== null && bytes.length <= KEPT_BODY_BYTES ? body : null,
    startedAt: new Date().toISOString(),
    endedAt: null,
    status: null,
    finished: false,
    aborted: false,
  };
  log.begin(call);
  // 'close' follows 'finish', and comes alone when the connection ended first.
  res.once('close', () => {
    const finished = res.writableFinished;
    log.end(call, { status: res.statusCode, finished, aborted: !finished && !wasCutOff(res) });
  });
}

/** The scheme is case-insensitive (RFC 9110 section 11.1); an empty token is none. */
function bearerToken(headers: IncomingHttpHeaders): string | null {
  const [, token] = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? [];
  return token ?? null;
}

function withoutKeys(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const {
    authorization: _,
    'proxy-authorization': _proxy,
    cookie: _cookie,
    'api-key': _apiKey,
    'x-api-key': _xApiKey,
    'x-goog-api-key': _xGoogApiKey,
    ...rest
  } = headers;
  return rest;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
