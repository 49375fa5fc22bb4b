import { queueNameSchema, TOPOLOGY_DEFAULTS } from '@sluice/contracts';
import { isNatsUrl, type NatsTls, natsTlsFrom } from '@sluice/messaging';
import { z } from 'zod';

const configSchema = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  DATABASE_URL: z.string().regex(/^mongodb(\+srv)?:\/\/./, 'must be a mongodb:// URL'),
  NATS_URL: z.string().refine(isNatsUrl, 'must be a nats:// or tls:// URL, or several separated by commas'),
  AI_QUEUE_NAME: queueNameSchema.default(TOPOLOGY_DEFAULTS.queue),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

export type Config = {
  production: boolean;
  databaseUrl: string;
  natsUrl: string;
  natsTls?: NatsTls;
  /** Who vouches for MongoDB's certificate; set, it insists on TLS. */
  databaseCaFile?: string;
  queue: string;
  logLevel: string;
};

/** Every fault of the environment, a line for each variable; never its value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Reads the environment once; an empty variable counts as missing. Throws ConfigError. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = configSchema.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map(
      ({ path, message }) =>
        `${path.join('.')}: ${given[String(path[0])] === undefined ? 'is missing' : message}`,
    );
    throw new ConfigError(lines.join('\n'));
  }
  const { NODE_ENV, DATABASE_URL, NATS_URL, AI_QUEUE_NAME, LOG_LEVEL } = parsed.data;
  return {
    production: NODE_ENV === 'production',
    databaseUrl: DATABASE_URL,
    natsUrl: NATS_URL,
    ...natsTlsFrom(given),
    ...(given['DATABASE_CA_FILE'] ? { databaseCaFile: given['DATABASE_CA_FILE'] } : {}),
    queue: AI_QUEUE_NAME,
    logLevel: LOG_LEVEL,
  };
}
