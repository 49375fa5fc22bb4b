import { parseAllowedHosts } from '@sluice/contracts';
import { isNatsUrl, type NatsTls, natsTlsFrom } from '@sluice/messaging';
import { parsePublicKeys, SealingError } from '@sluice/sealing';
import { z } from 'zod';

/** What an unset variable and an empty one mean alike. */
const unset = (value: unknown) => (value === '' ? undefined : value);
const required = <Schema extends z.ZodType>(schema: Schema) => z.preprocess(unset, schema);

const text = z.string({ error: 'is required' });

// Messages are our own where a value could be a secret: none of them quotes it.
const environmentSchema = z.object({
  NODE_ENV: z.preprocess(unset, z.enum(['development', 'production', 'test']).default('development')),
  LOG_LEVEL: z.preprocess(
    unset,
    z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  ),
  DATABASE_URL: required(text.regex(/^mongodb(\+srv)?:\/\/./, 'must be a mongodb:// URL')),
  /** Who vouches for MongoDB's certificate; set, it insists on TLS. */
  DATABASE_CA_FILE: z.preprocess(unset, z.string().optional()),
  NATS_URL: required(
    text.refine(isNatsUrl, 'must be a nats:// or tls:// URL, or several separated by commas'),
  ),
  JWT_SECRET: required(text.min(32, 'must be 32 characters at least')),
  JWT_SECRET_PREVIOUS: z.preprocess(
    unset,
    z
      .string()
      .default('')
      .transform(listed)
      .pipe(z.array(z.string().min(32, 'must be of 32 characters each at least'))),
  ),
  LIMIT_AUTH_PER_MINUTE: z.preprocess(
    unset,
    z.coerce
      .number({ error: 'must be a number' })
      .int('must be whole')
      .min(0, 'must be 0 or more')
      .default(20),
  ),
  SEALING_PUBLIC_KEYS: required(text.transform(readPublicKeys)),
  PROVIDER_ALLOWED_HOSTS: z.preprocess(unset, z.string().default('').transform(parseAllowedHosts)),
});
export type Config = z.output<typeof environmentSchema> & { natsTls?: NatsTls };

function listed(value: string): string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

async function readPublicKeys(value: string, context: z.RefinementCtx<string>) {
  try {
    return await parsePublicKeys(value);
  } catch (error) {
    const message = error instanceof SealingError ? error.message : 'cannot be read';
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  }
}

/** Reads the environment. Throws one error that lists every fault by variable name, without any value. */
export async function loadConfig(env: NodeJS.ProcessEnv): Promise<Config> {
  const parsed = await environmentSchema.safeParseAsync(env);
  if (parsed.success) return { ...parsed.data, ...natsTlsFrom(env) };
  const faults = parsed.error.issues.map(({ path, message }) => `  ${String(path[0])} ${message}`);
  throw new Error(`sluice-auth is not configured:\n${faults.join('\n')}`);
}
