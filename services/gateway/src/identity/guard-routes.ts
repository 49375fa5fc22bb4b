import { AppError, type RouteAccess } from '@sluice/contracts';
import type { GatewayApp } from '../edge/gateway-app.ts';
import type { LimitRequests } from '../limits/limit-requests.ts';
import { decideAccess } from './decide-access.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: RouteAccess;
  }
}

/** Pages of the documentation come from a plugin, which knows nothing of access. */
const DOCS = /^\/docs(\/|$)/;

/**
 * Puts the check of its access in front of every route that is added from now on. A route that says nothing of its
 * access is refused at once, so that none is open by oversight. Whoever has a valid token is counted by team and token,
 * before the route refuses them too; whoever has none by address.
 */
export function guardRoutes(app: GatewayApp, limit: LimitRequests): void {
  app.addHook('onRoute', (route) => {
    const access = route.config?.access ?? (DOCS.test(route.url) ? 'open' : undefined);
    if (access === undefined)
      throw new Error(`${String(route.method)} ${route.url} does not say whom it serves`);
    if (access === 'open') return;
    const before = route.onRequest === undefined ? [] : [route.onRequest].flat();
    route.onRequest = [
      async (request, reply) => {
        await app.authenticate(request).catch((error: unknown) => {
          if (error instanceof AppError && error.code === 'unauthenticated') limit.stranger(request, reply);
          throw error;
        });
        limit.caller(request, reply);
        decideAccess(access, request.identity);
      },
      ...before,
    ];
  });
}
