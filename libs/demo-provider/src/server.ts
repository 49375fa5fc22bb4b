import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Attempts, countAttempts } from './attempts.ts';
import { CallLog, type RecordedCall } from './call-log.ts';
import { answerCalls } from './calls-route.ts';
import { type ChatDeps, chatRoute } from './chat-route.ts';
import { answerEmbeddings } from './embeddings.ts';
import { answerImages, imageAt } from './images.ts';
import { errorBody, sendJson } from './openai-error.ts';
import { type Answering, plainRoute } from './plain-route.ts';

export type DemoProvider = {
  /** The base URL for a profile; ends in `/v1`. */
  readonly url: string;
  readonly port: number;
  /** The last 10,000 calls of the API, oldest first. */
  readonly calls: readonly RecordedCall[];
  /** Closes every connection, also in the middle of an answer. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

const MODELS = {
  object: 'list',
  data: [{ id: 'demo', object: 'model', created: 1_795_392_000, owned_by: 'sluice' }],
};

/** Longer than any client keeps an idle connection, so that it is never closed under a request just sent. */
const KEEP_ALIVE_MS = 120_000;

/**
 * Starts an OpenAI-compatible provider whose answers are steered by the model name (README.md). `port` 0, the
 * default, takes a free one. Rejects when the port is taken.
 */
export async function startDemoProvider(
  options: { port?: number; host?: string } = {},
): Promise<DemoProvider> {
  const { port = 0, host = '127.0.0.1' } = options;
  const log = new CallLog();
  const server = createServer(
    { noDelay: true, keepAliveTimeout: KEEP_ALIVE_MS },
    routes(log, countAttempts()),
  );
  await listen(server, port, host);
  const bound = (server.address() as AddressInfo).port;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}/v1`,
    port: bound,
    get calls() {
      return log.read(null).calls;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function routes(log: CallLog, attempts: Attempts) {
  let made = 0;
  const nextId = () => {
    made += 1;
    return `chatcmpl-demo-${made}`;
  };
  return (req: IncomingMessage, res: ServerResponse): void => {
    const url = req.url ?? '';
    const deps = { log, attempts, nextId };
    const answer = answerOf(`${req.method} ${url.split('?', 1)[0]}`, req);
    if (answer !== null) {
      answer(deps, req, res).catch((error: unknown) => fail(res, error));
      return;
    }
    req.resume();
    const { pathname, searchParams } = URL.parse(url, 'http://demo') ?? new URL('http://demo');
    switch (`${req.method} ${pathname}`) {
      case 'GET /v1/models':
        sendModels(req, res);
        break;
      case 'GET /_calls':
        answerCalls(log, searchParams, res);
        break;
      case 'DELETE /_calls':
        log.clear(searchParams.get('key'));
        attempts.clear(searchParams.get('key'));
        res.writeHead(204).end();
        break;
      default: {
        const image = req.method === 'GET' ? imageAt(pathname) : null;
        if (image) {
          res.writeHead(200, { 'content-type': 'image/png' }).end(image);
          return;
        }
        sendJson(res, 404, errorBody(404, `Unknown request URL: ${req.method} ${pathname}`, 'unknown_url'));
      }
    }
  };
}

type Answer = (deps: ChatDeps, req: IncomingMessage, res: ServerResponse) => Promise<void>;

/** What answers a call that is recorded. */
function answerOf(call: string, { headers }: IncomingMessage): Answer | null {
  const plain =
    (answering: Answering): Answer =>
    (deps, req, res) =>
      plainRoute(deps, req, res, answering);
  switch (call) {
    case 'POST /v1/chat/completions':
      return chatRoute;
    case 'POST /v1/embeddings':
      return plain(answerEmbeddings);
    case 'POST /v1/images/generations':
      return plain(answerImages(`http://${headers.host}`));
    default:
      return null;
  }
}

function sendModels(req: IncomingMessage, res: ServerResponse): void {
  if (/^bearer +\S/i.test(req.headers.authorization ?? '')) {
    sendJson(res, 200, MODELS);
  } else {
    sendJson(res, 401, errorBody(401, "You didn't provide an API key as a bearer token."));
  }
}

/** A client that went away while it sent its body ends here too; then nobody reads the answer. */
function fail(res: ServerResponse, error: unknown): void {
  if (res.headersSent) {
    res.destroy();
  } else {
    sendJson(res, 500, errorBody(500, error instanceof Error ? error.message : 'unknown'));
  }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
