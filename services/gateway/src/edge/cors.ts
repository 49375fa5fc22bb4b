import fastifyCors from '@fastify/cors';
import type { GatewayApp } from './gateway-app.ts';

const EXPOSED = [
  'x-request-id',
  'Location',
  'ETag',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'Preference-Applied',
  'Idempotent-Replayed',
  'x-sluice-job-id',
];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** How long a browser may remember a preflight, in seconds; Chromium's own upper bound. */
const PREFLIGHT_SECONDS = 7200;

/** Lets browsers on exactly these origins call with credentials (Fetch standard, CORS protocol); others get no header. */
export async function allowOrigins(app: GatewayApp, origins: readonly string[]): Promise<void> {
  const allowed = new Set(origins);
  await app.register(fastifyCors, {
    origin: (origin, decide) => decide(null, origin !== undefined && allowed.has(origin) ? origin : false),
    credentials: true,
    methods: METHODS,
    exposedHeaders: EXPOSED,
    maxAge: PREFLIGHT_SECONDS,
    // Its refusal of an incomplete preflight would not have our error shape.
    strictPreflight: false,
  });
}
