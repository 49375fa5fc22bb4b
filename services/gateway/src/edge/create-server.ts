import type { Logger } from '@sluice/telemetry';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyHttpOptions,
  type FastifyReply,
  type FastifyRequest,
  LogController,
  type RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { GatewayConfig } from '../config.ts';
import { answerClientErrors } from './client-errors.ts';
import { sendError } from './errors.ts';
import type { GatewayApp } from './gateway-app.ts';
import { readJsonBodies } from './json-bodies.ts';
import { LIMITS } from './limits.ts';
import { requestIdOf } from './request-context.ts';
import { RAW_SECURITY_HEADERS } from './security-headers.ts';
import { readTls } from './tls.ts';

/** How late a client that is too slow may be cut, in milliseconds. */
const MAX_CHECK_MS = 2_000;
/** Refused connections may be very many. */
const SAY_AGAIN_MS = 60_000;

/** The HTTP or HTTPS server, with what holds before any route is known. Errors: as readTls. */
export function createServer(log: Logger, config: GatewayConfig): GatewayApp {
  const { production, http, tls, trustedProxies } = config;
  const loggerInstance: FastifyBaseLogger = log;
  const server = {
    // Streams show every token as it comes: Nagle's algorithm would hold each back for up to 40 ms.
    noDelay: true,
    maxHeaderSize: LIMITS.headerBytes,
    headersTimeout: http.headersMs,
    // Node looks for clients that are too slow only so often; its own default is 30 s.
    connectionsCheckingInterval: Math.min(http.headersMs, http.requestMs, MAX_CHECK_MS * 4) / 4,
  };
  const options: FastifyHttpOptions<RawServerDefault> = {
    loggerInstance,
    // Each request gets its one child logger, and its one line, in request-context.ts.
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: (logger) => logger,
    genReqId: requestIdOf,
    requestIdHeader: false,
    bodyLimit: LIMITS.bodyBytes,
    requestTimeout: http.requestMs,
    keepAliveTimeout: http.keepAliveMs,
    maxRequestsPerSocket: LIMITS.requestsPerConnection,
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    // Fastify's own 503 would not have our error shape; what still arrives is served.
    return503OnClosing: false,
    clientErrorHandler: answerClientErrors(log, production),
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      // No hook ran: the path could not be read.
      reply.headers({ ...RAW_SECURITY_HEADERS, 'x-request-id': request.id });
      request.log = log.child({ requestId: request.id });
      return sendError(error, request, reply, production);
    },
  };
  // An HTTPS server serves as an HTTP one does; Fastify's types tell them apart.
  const listening = tls ? { https: { ...server, ...readTls(tls) } } : { http: server };
  const app = Fastify<RawServerDefault>({ ...options, ...listening }).withTypeProvider<ZodTypeProvider>();
  app.server.maxConnections = http.maxConnections === 0 ? Number.POSITIVE_INFINITY : http.maxConnections;
  let saidAt = Number.NEGATIVE_INFINITY;
  app.server.on('drop', () => {
    const now = performance.now();
    if (now - saidAt < SAY_AGAIN_MS) return;
    saidAt = now;
    log.warn({ connections: http.maxConnections }, 'connections are refused: too many are open');
  });
  readJsonBodies(app);
  return app;
}
