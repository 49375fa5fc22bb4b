import { z } from 'zod';
import { TOPOLOGY_DEFAULTS, type TopologyOptions } from './topology.ts';

/** AI_QUEUE_NAME: one subject token, and in upper case a stream's name. */
export const queueNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,31}$/, 'must be 1 to 32 characters of a-z 0-9 _ -, a letter first');

const schema = z.object({
  AI_QUEUE_NAME: queueNameSchema.default(TOPOLOGY_DEFAULTS.queue),
  NATS_REPLICAS: z.coerce.number().int().min(1).max(5).default(TOPOLOGY_DEFAULTS.replicas),
  JOB_LEASE_MS: z.coerce.number().int().min(1000).default(TOPOLOGY_DEFAULTS.leaseMs),
  JOBS_MAX_BYTES: z.coerce
    .number()
    .int()
    .min(1024 * 1024)
    .default(TOPOLOGY_DEFAULTS.jobsMaxBytes),
});

/**
 * The topology's options from environment variables; empty ones count as unset. Throws an Error that lists
 * every fault by the variable's name.
 */
export function topologyOptionsFrom(env: Readonly<Record<string, string | undefined>>): TopologyOptions {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value));
  const parsed = schema.safeParse(set);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `  ${String(path[0])}: ${message}`);
    throw new Error(['The topology cannot be applied, its environment is wrong:', ...faults].join('\n'));
  }
  const {
    AI_QUEUE_NAME: queue,
    NATS_REPLICAS: replicas,
    JOB_LEASE_MS: leaseMs,
    JOBS_MAX_BYTES: jobsMaxBytes,
  } = parsed.data;
  return { queue, replicas, leaseMs, jobsMaxBytes };
}
