import { TOPOLOGY_DEFAULTS } from '@sluice/contracts';

const { queue, replicas, leaseMs, jobsMaxBytes } = TOPOLOGY_DEFAULTS;

/** A line for each variable that shapes the topology, with its default. */
export const TOPOLOGY_VARIABLES = [
  `AI_QUEUE_NAME                     name of the job stream and its subjects (${queue})`,
  `NATS_REPLICAS                     copies of each stream, 3 on a cluster (${replicas})`,
  `JOB_LEASE_MS                      silence after which a runner loses its job (${leaseMs})`,
  `JOBS_MAX_BYTES                    what the job stream holds before it refuses work (${jobsMaxBytes})`,
];
