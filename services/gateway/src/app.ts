import Fastify, {
  type FastifyBaseLogger,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { apiTokenRoutes } from './api-tokens/routes.ts';
import { auditRoutes } from './audit/routes.ts';
import { authRoutes } from './auth/routes.ts';
import { chatRoutes } from './chat/routes.ts';
import type { GatewayDeps } from './deps.ts';
import { answerClientErrors } from './edge/client-errors.ts';
import { allowOrigins } from './edge/cors.ts';
import { answerErrors, sendError } from './edge/errors.ts';
import type { GatewayApp } from './edge/gateway-app.ts';
import { LIMITS } from './edge/limits.ts';
import { serveOpenApi } from './edge/openapi.ts';
import { giveContext, requestIdOf } from './edge/request-context.ts';
import { validateByZod } from './edge/validation.ts';
import { healthRoutes } from './health/routes.ts';
import { authentication } from './identity/authenticate.ts';
import { guardRoutes } from './identity/guard-routes.ts';
import { jobEventsRoute } from './jobs/events-route.ts';
import { jobRoutes } from './jobs/routes.ts';
import { createLiveParts } from './live/live-parts.ts';
import { endEventStreams } from './live/stream-job.ts';
import { profileRoutes } from './profiles/routes.ts';

/**
 * The gateway's HTTP server, complete and not yet listening. Closing it ends its event streams, lets answers that are
 * under way go out, and stops listening to runners; the NATS connections stay the caller's.
 */
export async function buildGateway(deps: GatewayDeps): Promise<GatewayApp> {
  const { log, config } = deps;
  const { production } = config;
  const app = createServer(log, production);
  const parts = { ...deps, ...createLiveParts(deps) };
  let draining = false;
  app.addHook('preClose', async () => {
    draining = true;
    endEventStreams();
  });
  app.addHook('onClose', async () => parts.live.close());

  app.setValidatorCompiler(validateByZod);
  // What goes out was made by us or parsed on its way in: checking it again would cost more than writing it.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  giveContext(app, log);
  answerErrors(app, production);
  await allowOrigins(app, config.corsOrigins);
  await authentication(app, deps);
  guardRoutes(app);
  await serveOpenApi(app);

  healthRoutes(app, deps, () => draining);
  authRoutes(app, deps);
  apiTokenRoutes(app, deps);
  profileRoutes(app, deps);
  auditRoutes(app, deps);
  jobRoutes(app, deps);
  jobEventsRoute(app, parts);
  chatRoutes(app, parts);
  await app.ready();
  return app;
}

function createServer(log: GatewayDeps['log'], production: boolean): GatewayApp {
  const loggerInstance: FastifyBaseLogger = log;
  const app = Fastify({
    loggerInstance,
    // Each request gets its one child logger, and its one line, in request-context.ts.
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: (logger) => logger,
    genReqId: requestIdOf,
    requestIdHeader: false,
    bodyLimit: LIMITS.bodyBytes,
    requestTimeout: LIMITS.requestMs,
    keepAliveTimeout: LIMITS.keepAliveMs,
    // Streams show every token as it comes: Nagle's algorithm would hold each back for up to 40 ms.
    http: { noDelay: true, maxHeaderSize: LIMITS.headerBytes, headersTimeout: LIMITS.headersMs },
    // Fastify's own 503 would not have our error shape; what still arrives is served.
    return503OnClosing: false,
    clientErrorHandler: answerClientErrors(log, production),
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      // No hook ran: the path could not be read.
      reply.header('x-request-id', request.id);
      request.log = log.child({ requestId: request.id });
      return sendError(error, request, reply, production);
    },
  }).withTypeProvider<ZodTypeProvider>();
  app.removeContentTypeParser('text/plain');
  return app;
}
