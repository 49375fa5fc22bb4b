import { HttpInstrumentation, type HttpInstrumentationConfig } from '@opentelemetry/instrumentation-http';
import { MongoDBInstrumentation } from '@opentelemetry/instrumentation-mongodb';
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';
import {
  UndiciInstrumentation,
  type UndiciInstrumentationConfig,
} from '@opentelemetry/instrumentation-undici';
import type { NodeSDKConfiguration } from '@opentelemetry/sdk-node';
import { URL_FULL, URL_PATH, URL_QUERY } from './attributes.ts';
import type { ConfiguredSignals } from './configured-signals.ts';
import { redactPath } from './redaction.ts';

type Instrumentations = NodeSDKConfiguration['instrumentations'];
type Environment = Readonly<Record<string, string | undefined>>;

const probePaths = new Set(['/healthz', '/readyz', '/metrics']);
const secretQueryParameters = [
  'key',
  'api_key',
  'api-key',
  'apikey',
  'token',
  'access_token',
  'code',
  'sig',
  'signature',
];

const http: HttpInstrumentationConfig = {
  ignoreIncomingRequestHook: (request) => probePaths.has(pathOf(request.url ?? '')),
  requireParentforOutgoingSpans: true,
  // What this returns replaces the attribute that was made of the request.
  startIncomingSpanHook: (request) => {
    const url = request.url ?? '';
    const path = pathOf(url);
    const safe = redactPath(path);
    return {
      ...(safe !== path && { [URL_PATH]: safe }),
      // A query may hold anything that a client should not have put there.
      ...(path !== url && { [URL_QUERY]: '[redacted]' }),
    };
  },
  redactedQueryParams: secretQueryParameters,
};

const undici: UndiciInstrumentationConfig = {
  requireParentforSpans: true,
  // This instrumentation has no redaction of its own, and some providers take their key in the query.
  startSpanHook: ({ origin, path }) =>
    path.includes('?') ? { [URL_FULL]: `${origin}${pathOf(path)}`, [URL_QUERY]: '[redacted]' } : {},
};

/**
 * The instrumentations Sluice's services need, by their own packages; `OTEL_NODE_DISABLED_INSTRUMENTATIONS` takes
 * some away. An operator who sets `OTEL_NODE_ENABLED_INSTRUMENTATIONS` gets exactly those, from the whole bundle,
 * which takes about 60 ms longer to load. Pino's is left out: the logger writes `traceId` and `spanId` itself.
 */
export async function loadInstrumentations(
  env: Environment,
  signals: ConfiguredSignals,
): Promise<Instrumentations> {
  const {
    OTEL_NODE_ENABLED_INSTRUMENTATIONS: enabled = '',
    OTEL_NODE_DISABLED_INSTRUMENTATIONS: disabled = '',
  } = env;
  if (enabled !== '') {
    const { getNodeAutoInstrumentations } = await import('@opentelemetry/auto-instrumentations-node');
    return getNodeAutoInstrumentations({
      '@opentelemetry/instrumentation-http': http,
      '@opentelemetry/instrumentation-undici': undici,
    });
  }
  const switchedOff = new Set(disabled.split(',').map((name) => name.trim()));
  const makers = {
    http: () => new HttpInstrumentation(http),
    undici: () => new UndiciInstrumentation(undici),
    mongodb: () => new MongoDBInstrumentation(),
    ...(signals.metrics ? { 'runtime-node': () => new RuntimeNodeInstrumentation() } : {}),
  };
  return Object.entries(makers)
    .filter(([name]) => !switchedOff.has(name))
    .map(([, make]) => make());
}

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}
