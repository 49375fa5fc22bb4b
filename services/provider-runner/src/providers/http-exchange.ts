import { Agent, type Dispatcher } from 'undici';
import { type GuardedConnectorOptions, guardedConnector } from './guarded-connector.ts';

export type HttpHeaders = Readonly<Record<string, string | string[] | undefined>>;

export type Exchange = {
  /** Resolves when the whole answer was read; rejects with undici's error, or the reason of the abort. */
  readonly done: Promise<void>;
  abort(reason: Error): void;
};

export type ExchangeRequest = {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  readonly signal: AbortSignal;
  readonly onHead: (status: number, headers: HttpHeaders) => void;
  readonly onData: (chunk: Buffer) => void;
};

const CALLS_PER_CONNECTION = 16;

/**
 * Connections to providers: to public addresses and what the operator allows alone, kept alive, at most
 * `connections` to one origin: one call at a time each, or over HTTP/2, where a server offers it, up to
 * CALLS_PER_CONNECTION, since one that is lost ends every call on it. A redirect is an answer like any other and never
 * followed: it could lead the key anywhere. undici sets TCP_NODELAY itself.
 */
export function createProviderAgent(options: GuardedConnectorOptions & { connections: number }): Agent {
  return new Agent({
    connections: options.connections,
    pipelining: 1,
    allowH2: true,
    maxConcurrentStreams: CALLS_PER_CONNECTION,
    connect: guardedConnector(options),
    keepAliveTimeout: 30_000,
    // Calls are bounded by their signal and their own timers.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

/** Posts a body and hands over the answer as it arrives. By `dispatch`: no stream object is made for a call. */
export function post(dispatcher: Dispatcher, request: ExchangeRequest): Exchange {
  return exchange(dispatcher, 'POST', request);
}

/** The same for what is only fetched. */
export function get(dispatcher: Dispatcher, request: Omit<ExchangeRequest, 'body'>): Exchange {
  return exchange(dispatcher, 'GET', { ...request, body: null });
}

function exchange(
  dispatcher: Dispatcher,
  method: 'GET' | 'POST',
  request: Omit<ExchangeRequest, 'body'> & { readonly body: ExchangeRequest['body'] | null },
): Exchange {
  const { url, signal, onHead, onData } = request;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let controller: Dispatcher.DispatchController | undefined;
  let aborted: Error | undefined;

  const abort = (reason: Error): void => {
    if (aborted) return;
    aborted = reason;
    // A request that still waits for a connection has no controller yet; its start sees `aborted`.
    controller?.abort(reason);
    end();
    reject(reason);
  };
  const onAbort = (): void => abort(signal.reason as Error);
  const end = (): void => signal.removeEventListener('abort', onAbort);

  if (signal.aborted) {
    onAbort();
    return { done: promise, abort };
  }
  signal.addEventListener('abort', onAbort);
  dispatcher.dispatch(
    {
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      // Nothing here unpacks an answer.
      headers: { 'accept-encoding': 'identity', ...request.headers },
      body: request.body,
    },
    {
      onRequestStart: (started) => {
        controller = started;
        if (aborted) started.abort(aborted);
      },
      onResponseStart: (_controller, status, headers) => {
        if (!aborted && status >= 200) onHead(status, headers);
      },
      onResponseData: (_controller, chunk) => {
        if (!aborted) onData(chunk);
      },
      onResponseEnd: () => {
        end();
        resolve();
      },
      onResponseError: (_controller, error) => {
        end();
        reject(error);
      },
    },
  );
  return { done: promise, abort };
}

export function first(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}

export function isHtml(headers: HttpHeaders): boolean {
  return typeOf(headers).includes('html');
}

/** The content type, whose letters may be of either case (RFC 9110, 8.3.1). */
export function typeOf(headers: HttpHeaders): string {
  return first(headers['content-type'])?.toLowerCase() ?? '';
}

export const ENCODED = 'The provider packed its answer (content-encoding) although it was asked not to.';

/** Whether the body is packed, as with gzip, although nobody asked for it. */
export function isEncoded(headers: HttpHeaders): boolean {
  return !['', 'identity'].includes(first(headers['content-encoding'])?.trim().toLowerCase() ?? '');
}
