import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from '@sluice/telemetry';
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Identity } from '../identity/identity.ts';

/** The HTTP server that routes are added to; bodies, queries and parameters have the types of their zod schemas. */
export type GatewayApp = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** The trace that a request belongs to. */
export type RequestTrace = { readonly context: Context; readonly traceId: string };

/** Refuses with 401 whoever has no valid access token. */
export type Authenticate = (request: FastifyRequest) => Promise<void>;

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls; not there on open routes. */
    identity: Identity;
    trace: RequestTrace;
  }
  interface FastifyInstance {
    authenticate: Authenticate;
  }
}
