import fastifyHelmet from '@fastify/helmet';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GatewayApp } from './gateway-app.ts';

/** Nothing of an answer is a page (OWASP REST Security Cheat Sheet, "Security headers"). */
const API_POLICY = "default-src 'none';frame-ancestors 'none'";
/** Swagger UI: its own scripts and styles, styles written into its elements, and pictures within those. */
const DOCS_POLICY = [
  ...["default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
  ...["script-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data:", "font-src 'self'"],
  "connect-src 'self'",
].join(';');
/** A year. Names beneath the gateway's may be anybody's, so nothing is said of them. */
const HSTS = 'max-age=31536000';

/** For answers that are written before any hook has run. */
export const RAW_SECURITY_HEADERS = {
  'content-security-policy': API_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const;

/**
 * Security headers on every answer, errors included. None is kept by a cache unless its route says otherwise: all that
 * `/api` says is somebody's, or a secret shown once (RFC 6749, section 5.1). Strict-Transport-Security goes out over TLS alone, ours or a trusted proxy's (RFC 6797,
 * section 7.2).
 */
export async function sendSecurityHeaders(app: GatewayApp): Promise<void> {
  await app.register(fastifyHelmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
    },
    xFrameOptions: { action: 'deny' },
    strictTransportSecurity: false,
  });
  app.addHook('onRequest', (request, reply, done) => {
    ownHeaders(request, reply);
    done();
  });
}

function ownHeaders(request: FastifyRequest, reply: FastifyReply): void {
  if (request.protocol === 'https') reply.header('strict-transport-security', HSTS);
  if (request.routeOptions.url?.startsWith('/docs')) reply.header('content-security-policy', DOCS_POLICY);
  else reply.header('cache-control', 'no-store');
}
