import { queueNameSchema, TOPOLOGY_DEFAULTS } from '@sluice/contracts';
import { isNatsUrl } from '@sluice/messaging';
import { z } from 'zod';

/** A browser's origin: scheme, host and port, nothing behind it (RFC 6454, section 7). */
const originSchema = z
  .string()
  .refine(
    (text) => URL.canParse(text) && new URL(text).origin === text,
    'must be origins such as https://app.example.com, separated by commas',
  );

const environmentSchema = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  HOST: z.string().min(1).default('127.0.0.1'),
  /** 0 takes a free port. */
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  NATS_URL: z
    .string({ error: 'is required: where NATS is, such as nats://127.0.0.1:4222' })
    .refine(isNatsUrl, 'must be a nats:// or tls:// URL, or several separated by commas'),
  AI_QUEUE_NAME: queueNameSchema.default(TOPOLOGY_DEFAULTS.queue),
  CORS_ORIGIN: z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((origin) => origin.trim())
        .filter((origin) => origin !== ''),
    )
    .pipe(z.array(originSchema)),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  JOB_MAX_ATTEMPTS: z.coerce.number().int().min(1).max(10).default(3),
});

export type GatewayConfig = {
  production: boolean;
  host: string;
  port: number;
  /** May hold a password: never printed. */
  natsUrl: string;
  /** A login that is not part of the URL; tests have one for each file. */
  natsLogin?: { user: string; pass: string };
  queue: string;
  corsOrigins: readonly string[];
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
  return {
    production: values.NODE_ENV === 'production',
    host: values.HOST,
    port: values.PORT,
    natsUrl: values.NATS_URL,
    queue: values.AI_QUEUE_NAME,
    corsOrigins: values.CORS_ORIGIN,
    logLevel: values.LOG_LEVEL,
    logPretty: values.NODE_ENV === 'development' && process.stdout.isTTY === true,
    jobMaxAttempts: values.JOB_MAX_ATTEMPTS,
  };
}
