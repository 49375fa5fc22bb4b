import { isIP } from 'node:net';
import { queueNameSchema, TOPOLOGY_DEFAULTS } from '@sluice/contracts';
import { isNatsUrl, type NatsTls, natsTlsFrom } from '@sluice/messaging';
import { z } from 'zod';
import type { RequestLimits } from './limits/limit-requests.ts';

/** A browser's origin: scheme, host and port, nothing behind it (RFC 6454, section 7). */
const originSchema = z
  .string()
  .refine(
    (text) => URL.canParse(text) && new URL(text).origin === text,
    'must be origins such as https://app.example.com, separated by commas',
  );

/** Names between commas; none where the text is empty. */
const listSchema = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  );

/** An address, or a network as `10.0.0.0/8`. */
const networkSchema = z.string().refine((text) => {
  const [address = '', bits, ...rest] = text.split('/');
  const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return (
    most > 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most))
  );
}, 'must be addresses or networks such as 10.0.0.0/8, separated by commas');

const perMinuteSchema = z.coerce.number().int().min(0).max(1_000_000_000);
const millisecondsSchema = z.coerce.number().int().min(100).max(3_600_000);

const variablesSchema = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  HOST: z.string().min(1).default('127.0.0.1'),
  /** 0 takes a free port. */
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  NATS_URL: z
    .string({ error: 'is required: where NATS is, such as nats://127.0.0.1:4222' })
    .refine(isNatsUrl, 'must be a nats:// or tls:// URL, or several separated by commas'),
  AI_QUEUE_NAME: queueNameSchema.default(TOPOLOGY_DEFAULTS.queue),
  CORS_ORIGIN: listSchema.pipe(z.array(originSchema)),
  TRUSTED_PROXIES: listSchema.pipe(z.array(networkSchema)),
  LIMIT_REQUESTS_PER_MINUTE: perMinuteSchema.default(600),
  LIMIT_TOKEN_REQUESTS_PER_MINUTE: perMinuteSchema.default(0),
  LIMIT_ADDRESS_REQUESTS_PER_MINUTE: perMinuteSchema.default(300),
  HTTP_HEADERS_TIMEOUT_MS: millisecondsSchema.default(15_000),
  HTTP_REQUEST_TIMEOUT_MS: millisecondsSchema.default(60_000),
  HTTP_KEEP_ALIVE_MS: millisecondsSchema.default(75_000),
  /** 0 is no bound. */
  HTTP_MAX_CONNECTIONS: z.coerce.number().int().min(0).default(20_000),
  TLS_CERT_FILE: z.string().optional(),
  TLS_KEY_FILE: z.string().optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  JOB_MAX_ATTEMPTS: z.coerce.number().int().min(1).max(10).default(3),
});

const environmentSchema = variablesSchema.check(({ value, issues }) => {
  const { TLS_CERT_FILE: cert, TLS_KEY_FILE: key } = value;
  if ((cert === undefined) === (key === undefined)) return;
  const missing = cert === undefined ? 'TLS_CERT_FILE' : 'TLS_KEY_FILE';
  const message = 'is missing: TLS needs a certificate and its key';
  issues.push({ code: 'custom', path: [missing], message, input: value });
});

/** What a client may take its time for, in milliseconds, and how many may be connected (0: any number). */
export type HttpLimits = {
  /** From the first byte of a request to the end of its headers. */
  headersMs: number;
  /** From the first byte to the last of a request, not of its answer. */
  requestMs: number;
  /** Between an answer and the next request. */
  keepAliveMs: number;
  maxConnections: number;
};
/** PEM files: the certificate with its chain, and its key. */
export type TlsFiles = { certFile: string; keyFile: string };

export type GatewayConfig = {
  production: boolean;
  host: string;
  port: number;
  /** May hold a password: never printed. */
  natsUrl: string;
  natsTls?: NatsTls;
  /** A login that is not part of the URL; tests have one for each file. */
  natsLogin?: { user: string; pass: string };
  queue: string;
  corsOrigins: readonly string[];
  /** Addresses and networks whose `X-Forwarded-*` are believed. */
  trustedProxies: readonly string[];
  limits: RequestLimits;
  http: HttpLimits;
  tls?: TlsFiles;
  logLevel: string;
  logPretty: boolean;
  jobMaxAttempts: number;
};

/**
 * The gateway's configuration from environment variables; empty ones count as unset. Throws an Error that lists
 * every fault by the variable's name, without its value.
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): GatewayConfig {
  const set = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environmentSchema.safeParse(set);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `  ${String(path[0])}: ${message}`);
    throw new Error(['The gateway cannot start, its environment is wrong:', ...new Set(faults)].join('\n'));
  }
  const values = parsed.data;
  const { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile } = values;
  return {
    production: values.NODE_ENV === 'production',
    host: values.HOST,
    port: values.PORT,
    natsUrl: values.NATS_URL,
    ...natsTlsFrom(set),
    queue: values.AI_QUEUE_NAME,
    corsOrigins: values.CORS_ORIGIN,
    trustedProxies: values.TRUSTED_PROXIES,
    limits: {
      team: values.LIMIT_REQUESTS_PER_MINUTE,
      token: values.LIMIT_TOKEN_REQUESTS_PER_MINUTE,
      address: values.LIMIT_ADDRESS_REQUESTS_PER_MINUTE,
    },
    http: {
      headersMs: values.HTTP_HEADERS_TIMEOUT_MS,
      requestMs: values.HTTP_REQUEST_TIMEOUT_MS,
      keepAliveMs: values.HTTP_KEEP_ALIVE_MS,
      maxConnections: values.HTTP_MAX_CONNECTIONS,
    },
    ...(certFile !== undefined && keyFile !== undefined && { tls: { certFile, keyFile } }),
    logLevel: values.LOG_LEVEL,
    logPretty: values.NODE_ENV === 'development' && process.stdout.isTTY === true,
    jobMaxAttempts: values.JOB_MAX_ATTEMPTS,
  };
}
