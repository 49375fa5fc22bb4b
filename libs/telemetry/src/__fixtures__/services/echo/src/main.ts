/**
 * A service for the tests of `register.ts`, written as the real ones are: `GET /ask` calls its own `GET /answer`
 * by fetch and logs; SIGTERM ends it in order. Its last line lists every host it looked up or connected to.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  annotateSpan,
  createLogger,
  inContext,
  nameHttpSpan,
  redactPath,
  SLUICE,
  SpanKind,
  shutdownTelemetry,
  startServerSpanContext,
  traceIdOf,
  withSpan,
} from '@sluice/telemetry';
import { contactedHosts } from './contacted-hosts.ts';

const log = createLogger({ service: 'echo', level: 'info' });
const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? '', 'http://localhost');
  const edge = startServerSpanContext(request.headers);
  void inContext(edge.context, async () => {
    nameHttpSpan('GET', redactPath(pathname));
    annotateSpan({ [SLUICE.requestId]: 'req-12345678' });
    if (pathname === '/ask') {
      await withSpan('ask the other', { kind: SpanKind.INTERNAL }, async () => {
        const answer = await fetch(`${origin()}/answer?key=sk-very-secret-1`);
        log.info({ answer: await answer.text() }, 'asked');
      });
    }
    response.end(traceIdOf() ?? 'no trace');
    edge.end();
  });
});

function origin(): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
  void shutdownTelemetry(1000).then(() => {
    log.info({ contacted: [...contactedHosts] }, 'stopped');
    // An export that is being retried would keep the process up to OTEL_EXPORTER_OTLP_TIMEOUT, 10 s.
    process.exit();
  });
});

server.listen(0, '127.0.0.1');
await once(server, 'listening');
log.info({ origin: origin() }, 'listening');
