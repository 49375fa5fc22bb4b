import { AppError, jwksSchema } from '@sluice/contracts';
import { z } from 'zod';
import type { GatewayDeps } from '../deps.ts';
import { describeRoute } from '../edge/describe-route.ts';
import type { GatewayApp } from '../edge/gateway-app.ts';
import { findFaults, readinessChecks } from './readiness.ts';

const aliveSchema = z.object({ status: z.literal('ok') });

/** Probes, and auth's public keys for whoever verifies tokens elsewhere. `isDraining`: the gateway shuts down. */
export function healthRoutes(app: GatewayApp, deps: GatewayDeps, isDraining: () => boolean): void {
  const checks = readinessChecks(deps);

  app.get(
    '/healthz',
    describeRoute({
      summary: 'Whether the process is alive',
      tag: 'health',
      access: 'open',
      answers: { 200: { description: 'it is', schema: aliveSchema } },
    }),
    async () => ({ status: 'ok' }),
  );

  app.get(
    '/readyz',
    describeRoute({
      summary: 'Whether the gateway can serve: NATS, streams, consumers and auth answer',
      tag: 'health',
      access: 'open',
      answers: { 200: { description: 'it can', schema: aliveSchema } },
    }),
    async (request) => {
      const faults = isDraining()
        ? [{ name: 'gateway', reason: 'is shutting down' }]
        : await findFaults(checks, request.id);
      if (faults.length === 0) return { status: 'ok' };
      throw new AppError('unavailable', `Not ready: ${faults.map(({ name }) => name).join(', ')}.`, {
        cause: faults,
        details: faults.map(({ name, reason }) => ({
          path: name,
          message: deps.config.production ? 'is not ready' : reason,
        })),
      });
    },
  );

  app.get(
    '/.well-known/jwks.json',
    describeRoute({
      summary: 'The public keys of access tokens (RFC 7517)',
      tag: 'health',
      access: 'open',
      answers: { 200: { description: 'the key set', schema: jwksSchema } },
    }),
    async (request, reply) => {
      reply.header('cache-control', 'public, max-age=300');
      return deps.tokens.jwks(request.id);
    },
  );
}
