import { hash } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Attempts } from './attempts.ts';
import type { CallLog, RecordedCall } from './call-log.ts';
import { answerChat } from './chat-completions.ts';
import { parseChatRequest } from './chat-request.ts';
import { errorBody, sendJson } from './openai-error.ts';
import { readBody } from './read-body.ts';
import { parseScript } from './script.ts';
import { wasCutOff } from './send-parts.ts';

const KEPT_BODY_BYTES = 4096;

export type ChatDeps = {
  readonly log: CallLog;
  readonly attempts: Attempts;
  readonly nextId: () => string;
};

/** `POST /v1/chat/completions`: reads, records, refuses what OpenAI's API would refuse, then answers. */
export async function chatRoute(deps: ChatDeps, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const bytes = await readBody(req);
  const body = bytes === null ? undefined : parseJson(bytes);
  const parsed = parseChatRequest(body);
  const script = 'request' in parsed ? parseScript(parsed.request.model) : parsed;
  const token = bearerToken(req.headers);

  record(deps.log, res, {
    label: 'script' in script ? script.script.label : null,
    model: 'request' in parsed ? parsed.request.model : '',
    stream: 'request' in parsed && parsed.request.stream,
    keySha256: token === null ? null : hash('sha256', token),
    requestHeaders: withoutKeys(req.headers),
    body: bytes !== null && bytes.length <= KEPT_BODY_BYTES ? body : null,
    startedAt: new Date().toISOString(),
    endedAt: null,
    status: null,
    finished: false,
    aborted: false,
  });

  if (token === null) {
    sendJson(res, 401, errorBody(401, "You didn't provide an API key as a bearer token."));
  } else if (bytes === null) {
    sendJson(res, 413, errorBody(413, 'The body is larger than 64 MiB.'));
  } else if ('fault' in parsed) {
    sendJson(res, 400, errorBody(400, parsed.fault, null, parsed.param));
  } else if ('fault' in script) {
    sendJson(res, 400, errorBody(400, script.fault, null, 'model'));
  } else {
    await answerChat({
      id: deps.nextId(),
      request: parsed.request,
      authorization: req.headers.authorization ?? '',
      script: script.script,
      failing: deps.attempts.stillFailing(token, parsed.request.model, script.script),
      res,
    });
  }
}

function record(log: CallLog, res: ServerResponse, call: RecordedCall): void {
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
