import { TOPOLOGY_DEFAULTS, type TopologyOptions } from '@sluice/contracts';
import { z } from 'zod';

const { queue, replicas, leaseMs, jobsMaxBytes } = TOPOLOGY_DEFAULTS;

const schema = z.object({
  AI_QUEUE_NAME: z
    .string()
    .regex(/^[a-z][a-z0-9_-]{0,31}$/, 'must be 1 to 32 characters of a-z 0-9 _ - and begin with a letter')
    .default(queue),
  NATS_REPLICAS: z.coerce.number().int().min(1).max(5).default(replicas),
  JOB_LEASE_MS: z.coerce.number().int().min(1_000).max(600_000).default(leaseMs),
  JOBS_MAX_BYTES: z.coerce.number().int().min(1_048_576).default(jobsMaxBytes),
});

/** A line for each variable that shapes the topology, with its default. */
export const TOPOLOGY_VARIABLES = [
  `AI_QUEUE_NAME                     name of the job stream and its subjects (${queue})`,
  `NATS_REPLICAS                     copies of each stream, 3 on a cluster (${replicas})`,
  `JOB_LEASE_MS                      silence after which a runner loses its job (${leaseMs})`,
  `JOBS_MAX_BYTES                    what the job stream holds before it refuses work (${jobsMaxBytes})`,
];

/** Reads the variables that shape the topology. An empty one counts as not set. Throws with every fault by name. */
export const topologyOptions = (env: Readonly<Record<string, string | undefined>>): TopologyOptions => {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const { success, data, error } = schema.safeParse(set);
  if (!success) {
    throw new Error(error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'));
  }
  return {
    queue: data.AI_QUEUE_NAME,
    replicas: data.NATS_REPLICAS,
    leaseMs: data.JOB_LEASE_MS,
    jobsMaxBytes: data.JOBS_MAX_BYTES,
  };
};
