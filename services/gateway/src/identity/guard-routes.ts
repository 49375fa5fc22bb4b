import type { RouteAccess } from '@sluice/contracts';
import type { GatewayApp } from '../edge/gateway-app.ts';
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
 * access is refused at once, so that none is open by oversight.
 */
export function guardRoutes(app: GatewayApp): void {
  app.addHook('onRoute', (route) => {
    const access = route.config?.access ?? (DOCS.test(route.url) ? 'open' : undefined);
    if (access === undefined)
      throw new Error(`${String(route.method)} ${route.url} does not say whom it serves`);
    if (access === 'open') return;
    const before = route.onRequest === undefined ? [] : [route.onRequest].flat();
    route.onRequest = [
      async (request) => {
        await app.authenticate(request);
        decideAccess(access, request.identity);
      },
      ...before,
    ];
  });
}
