import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { flattenSpans, type ReceivedSpan } from './otlp-json.ts';

export type { ReceivedSpan } from './otlp-json.ts';

export type OtlpReceiver = {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`; use it with `OTEL_EXPORTER_OTLP_PROTOCOL=http/json`. */
  url: string;
  /** The variables a service needs to send everything here at once. */
  env: Readonly<Record<string, string>>;
  /** Every span received so far, in order of arrival. */
  spans: () => ReceivedSpan[];
  /** How many requests each path got, `/v1/traces` for one. */
  requests: () => ReadonlyMap<string, number>;
  /**
   * Resolves with all spans as soon as the predicate holds for them; rejects after `boundMs` (15 s) with the names
   * of what did arrive.
   */
  waitFor: (predicate: (spans: ReceivedSpan[]) => boolean, boundMs?: number) => Promise<ReceivedSpan[]>;
  close: () => Promise<void>;
};

/** A real OTLP/HTTP collector for tests, on a free loopback port. It reads JSON, and refuses protobuf with 415. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const received: ReceivedSpan[] = [];
  const requests = new Map<string, number>();
  const waiting = new Set<() => void>();

  async function receive(request: IncomingMessage): Promise<number> {
    const path = request.url ?? '';
    requests.set(path, (requests.get(path) ?? 0) + 1);
    const body = await buffer(request);
    if (!(request.headers['content-type'] ?? '').startsWith('application/json')) return 415;
    if (path !== '/v1/traces') return 200;
    const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    received.push(...flattenSpans(JSON.parse(text.toString('utf8'))));
    for (const check of waiting) check();
    return 200;
  }

  const server = createServer((request, response) => {
    receive(request).then(
      (status) => response.writeHead(status, { 'content-type': 'application/json' }).end('{}'),
      () => response.writeHead(400).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_BSP_SCHEDULE_DELAY: '50',
    },
    spans: () => [...received],
    requests: () => requests,
    waitFor: (predicate, boundMs = 15_000) =>
      new Promise((resolve, reject) => {
        const settle = (finish: () => void) => {
          clearTimeout(timer);
          waiting.delete(check);
          finish();
        };
        const check = () => {
          if (predicate([...received])) settle(() => resolve([...received]));
        };
        const timer = setTimeout(() => {
          const names = received.map((span) => `${span.service}: ${span.name}`).join('; ');
          settle(() =>
            reject(new Error(`the spans waited for did not arrive in ${boundMs} ms; seen: ${names}`)),
          );
        }, boundMs);
        waiting.add(check);
        check();
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
