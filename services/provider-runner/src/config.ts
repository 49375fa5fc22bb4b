import { hostname } from 'node:os';
import { parseAllowedHosts, queueNameSchema, TOPOLOGY_DEFAULTS } from '@sluice/contracts';
import { isNatsUrl, type NatsTls, natsTlsFrom } from '@sluice/messaging';
import { z } from 'zod';

const milliseconds = (byDefault: number) => z.coerce.number().int().min(1).max(86_400_000).default(byDefault);

const environmentSchema = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  NATS_URL: z.string().refine(isNatsUrl, 'must be a nats:// or tls:// URL, or several separated by commas'),
  API_KEY_ENCRYPTION_KEY: z.string().min(1),
  API_KEY_ENCRYPTION_KEY_PREVIOUS: z.string().default(''),
  AI_QUEUE_NAME: queueNameSchema.default(TOPOLOGY_DEFAULTS.queue),
  PROVIDER_ALLOWED_HOSTS: z.string().default('').transform(parseAllowedHosts),
  /** Of each priority. */
  RUNNER_SLOTS: z.coerce.number().int().min(1).max(4096).default(64),
  JOB_LEASE_MS: z.coerce.number().int().min(300).max(3_600_000).default(30_000),
  RETRY_BASE_MS: milliseconds(1000),
  RETRY_MAX_MS: milliseconds(60_000),
  RETRY_AFTER_MAX_MS: milliseconds(600_000),
  BREAKER_FAILURES: z.coerce.number().int().min(1).max(1000).default(5),
  BREAKER_OPEN_MS: milliseconds(30_000),
  AI_REQUEST_TIMEOUT_MS: milliseconds(120_000),
  AI_CONNECT_TIMEOUT_MS: milliseconds(10_000),
  AI_FIRST_TOKEN_TIMEOUT_MS: milliseconds(60_000),
  AI_IDLE_TIMEOUT_MS: milliseconds(30_000),
  SHUTDOWN_GRACE_MS: z.coerce.number().int().min(0).max(600_000).default(15_000),
});

/** Everything the runner takes from its environment. Times in milliseconds. */
export type Config = {
  readonly production: boolean;
  readonly logLevel: string;
  readonly runnerId: string;
  readonly natsUrl: string;
  readonly natsTls?: NatsTls;
  readonly encryptionKey: string;
  readonly previousEncryptionKeys: string;
  readonly queue: string;
  readonly allowedHosts: readonly string[];
  readonly slots: number;
  readonly leaseMs: number;
  readonly backoff: { readonly baseMs: number; readonly maxMs: number; readonly retryAfterMaxMs: number };
  readonly breaker: { readonly failures: number; readonly openMs: number };
  readonly timeouts: ProviderTimeouts;
  readonly shutdownGraceMs: number;
};

export type ProviderTimeouts = {
  readonly requestMs: number;
  readonly connectMs: number;
  readonly firstTokenMs: number;
  readonly idleMs: number;
};

/**
 * Reads the environment. Throws an Error that names every variable at fault, one a line, and never a value:
 * some of them are secrets. A variable that is set but empty counts as not set.
 */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => {
      const name = path.join('.');
      return `${name}: ${given[name] === undefined ? 'is missing' : message}`;
    });
    throw new Error(`The environment is not usable:\n${faults.join('\n')}`);
  }
  const env = parsed.data;
  return {
    production: env.NODE_ENV === 'production',
    logLevel: env.LOG_LEVEL,
    runnerId: `${hostname()}-${process.pid}`,
    natsUrl: env.NATS_URL,
    ...natsTlsFrom(given),
    encryptionKey: env.API_KEY_ENCRYPTION_KEY,
    previousEncryptionKeys: env.API_KEY_ENCRYPTION_KEY_PREVIOUS,
    queue: env.AI_QUEUE_NAME,
    allowedHosts: env.PROVIDER_ALLOWED_HOSTS,
    slots: env.RUNNER_SLOTS,
    leaseMs: env.JOB_LEASE_MS,
    backoff: {
      baseMs: env.RETRY_BASE_MS,
      maxMs: env.RETRY_MAX_MS,
      retryAfterMaxMs: env.RETRY_AFTER_MAX_MS,
    },
    breaker: { failures: env.BREAKER_FAILURES, openMs: env.BREAKER_OPEN_MS },
    timeouts: {
      requestMs: env.AI_REQUEST_TIMEOUT_MS,
      connectMs: env.AI_CONNECT_TIMEOUT_MS,
      firstTokenMs: env.AI_FIRST_TOKEN_TIMEOUT_MS,
      idleMs: env.AI_IDLE_TIMEOUT_MS,
    },
    shutdownGraceMs: env.SHUTDOWN_GRACE_MS,
  };
}
