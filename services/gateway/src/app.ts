import { createSchemaChecker } from '@sluice/json-schema';
import { apiTokenRoutes } from './api-tokens/routes.ts';
import { auditRoutes } from './audit/routes.ts';
import { authRoutes } from './auth/routes.ts';
import { chatRoutes } from './chat/routes.ts';
import { structuredTestRoute } from './chat/structured-route.ts';
import type { GatewayDeps } from './deps.ts';
import { boundRequests } from './edge/bound-requests.ts';
import { allowOrigins } from './edge/cors.ts';
import { createServer } from './edge/create-server.ts';
import { answerErrors } from './edge/errors.ts';
import type { GatewayApp } from './edge/gateway-app.ts';
import { serveOpenApi } from './edge/openapi.ts';
import { giveContext } from './edge/request-context.ts';
import { sendSecurityHeaders } from './edge/security-headers.ts';
import { validateByZod } from './edge/validation.ts';
import { fileRoute } from './files/routes.ts';
import { healthRoutes } from './health/routes.ts';
import { authentication } from './identity/authenticate.ts';
import { guardRoutes } from './identity/guard-routes.ts';
import { jobEventsRoute } from './jobs/events-route.ts';
import { retryRoutes } from './jobs/retry-routes.ts';
import { jobRoutes } from './jobs/routes.ts';
import { submitRoute } from './jobs/submit-route.ts';
import { createLimitRequests, limitOpenRoutes } from './limits/limit-requests.ts';
import { createLiveParts } from './live/live-parts.ts';
import { endEventStreams } from './live/stream-job.ts';
import { openAiRoutes } from './openai-door/routes.ts';
import { profileRoutes } from './profiles/routes.ts';
import { teamDeletionRoutes } from './team-deletion/routes.ts';
import { inviteRoutes } from './teams/invite-routes.ts';
import { memberRoutes } from './teams/member-routes.ts';
import { teamRoutes } from './teams/routes.ts';

/**
 * The gateway's HTTP server, complete and not yet listening. Closing it ends its event streams, lets answers that are
 * under way go out, and stops listening to runners; the NATS connections stay the caller's.
 */
export async function buildGateway(deps: GatewayDeps): Promise<GatewayApp> {
  const { log, config } = deps;
  const { production } = config;
  const app = createServer(log, config);
  const limit = createLimitRequests(deps.counters, config.limits);
  const parts = { ...deps, ...createLiveParts(deps), schemas: createSchemaChecker() };
  let draining = false;
  app.addHook('preClose', async () => {
    draining = true;
    endEventStreams();
  });
  app.addHook('onClose', async () => {
    parts.live.close();
    await parts.schemas.close();
  });

  app.setValidatorCompiler(validateByZod);
  // What goes out was made by us or parsed on its way in: checking it again would cost more than writing it.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  giveContext(app, log);
  answerErrors(app, production, limit);
  await sendSecurityHeaders(app);
  await allowOrigins(app, config.corsOrigins);
  boundRequests(app);
  await authentication(app, { ...deps, limit });
  limitOpenRoutes(app, limit);
  guardRoutes(app, limit);
  await serveOpenApi(app);

  healthRoutes(app, deps, () => draining);
  authRoutes(app, deps);
  apiTokenRoutes(app, deps);
  profileRoutes(app, deps);
  teamRoutes(app, deps);
  teamDeletionRoutes(app, deps);
  memberRoutes(app, deps);
  inviteRoutes(app, deps);
  auditRoutes(app, deps);
  jobRoutes(app, deps);
  retryRoutes(app, deps);
  jobEventsRoute(app, parts);
  submitRoute(app, parts);
  fileRoute(app, deps);
  chatRoutes(app, parts);
  structuredTestRoute(app, parts);
  openAiRoutes(app, parts);
  await app.ready();
  return app;
}
