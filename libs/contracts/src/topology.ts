import { subjectsOf } from './subjects.ts';

const SECOND = 1_000_000_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MIB = 1024 * 1024;

/** Names that services refer to. Consumers are named literally, so that permissions can name them. */
export const TIMERS_STREAM = 'TIMERS';
export const DELTAS_STREAM = 'DELTAS';
export const COUNTERS_STREAM = 'COUNTERS';
export const AUDIT_STREAM = 'AUDIT';
export const BREAKERS_STREAM = 'BREAKERS';
export const LOCKS_STREAM = 'LOCKS';
export const PAYLOADS_BUCKET = 'payloads';
export const CONSUMERS = {
  interactive: 'run-interactive',
  batch: 'run-batch',
  projector: 'projector',
  auditProjector: 'audit-projector',
} as const;

/** A lock that its holder has not renewed for this long is free, in milliseconds. */
export const LOCK_TTL_MS = 10_000;

/** The oldest server with schedules with TTL, counters and wildcard guards. */
export const NATS_SERVER_FLOOR = '2.14.0';

/** A message body above this many bytes goes to the payloads bucket, and the event carries its reference. */
export const CLAIM_CHECK_BYTES = 256 * 1024;

export type TopologyOptions = {
  /** AI_QUEUE_NAME. */
  queue: string;
  /** Copies of each stream: 1 on a single server, 3 on a cluster. */
  replicas: number;
  /** How long a runner may be silent before its job is given to another, in milliseconds. */
  leaseMs: number;
  /** What JOBS may hold before it refuses work, in bytes. */
  jobsMaxBytes: number;
};

export const TOPOLOGY_DEFAULTS: TopologyOptions = {
  queue: 'jobs',
  replicas: 1,
  leaseMs: 30_000,
  jobsMaxBytes: 4096 * MIB,
};

/** Settings in JetStream's own form; durations in nanoseconds. Only what we decide is named. */
export type StreamSettings = { name: string; subjects: string[] } & Record<string, unknown>;
export type ConsumerSettings = { stream: string; durable_name: string } & Record<string, unknown>;
export type ObjectBucketSettings = {
  bucket: string;
  ttl: number;
  storage: 'file' | 'memory';
  replicas: number;
  maxBytes: number;
};
export type Topology = {
  streams: StreamSettings[];
  consumers: ConsumerSettings[];
  objectBuckets: ObjectBucketSettings[];
};

/** All streams, consumers and buckets of an installation, as data. Each number's reason stands beside it. */
export function topologyOf(options: Partial<TopologyOptions> = {}): Topology {
  const { queue, replicas, leaseMs, jobsMaxBytes } = { ...TOPOLOGY_DEFAULTS, ...options };
  const jobs = subjectsOf(queue).stream;
  const consumer = { stream: jobs, deliver_policy: 'all', ack_policy: 'explicit', replay_policy: 'instant' };
  const runner = {
    ...consumer,
    ack_wait: leaseMs * 1_000_000,
    // A job lost to a delivery limit is a job lost; attempts are counted from the stream.
    max_deliver: -1,
    // Both cover every slot of every runner replica; max_waiting cannot be changed later.
    max_ack_pending: 65_536,
    max_waiting: 8192,
  };
  return {
    streams: [
      {
        name: TIMERS_STREAM,
        subjects: ['timers.at.*.*.*', 'timers.due.*.*.*'],
        storage: 'file',
        retention: 'limits',
        num_replicas: replicas,
        max_age: 24 * HOUR,
        max_bytes: 1024 * MIB,
        // Schedules live here alone: their headers can name any target of their stream, past every guard.
        allow_msg_schedules: true,
        allow_msg_ttl: true,
      },
      {
        name: jobs,
        subjects: [`${queue}.*.*.*.*`],
        storage: 'file',
        retention: 'limits',
        num_replicas: replicas,
        max_age: 24 * HOUR,
        max_bytes: jobsMaxBytes,
        // Full means refused, never dropped.
        discard: 'new',
        allow_direct: true,
        republish: { src: `${queue}.>`, dest: `stored.${queue}.>` },
        sources: [
          {
            name: TIMERS_STREAM,
            subject_transforms: [
              {
                src: 'timers.due.*.*.*',
                dest: `${queue}.{{wildcard(1)}}.{{wildcard(2)}}.{{wildcard(3)}}.due`,
              },
            ],
          },
        ],
      },
      {
        name: DELTAS_STREAM,
        subjects: ['deltas.*.*'],
        // A memory stream on a single server is gone, settings and all, when that server restarts (ADR 0007).
        storage: 'file',
        retention: 'limits',
        num_replicas: replicas,
        max_age: 15 * MINUTE,
        max_bytes: 512 * MIB,
        discard: 'old',
        allow_direct: true,
      },
      {
        name: COUNTERS_STREAM,
        subjects: ['counters.>'],
        // As for DELTAS (ADR 0007); the server answers with the total that it holds in memory (ADR 0052).
        storage: 'file',
        retention: 'limits',
        num_replicas: replicas,
        // A sliding window of a minute looks at two of them.
        max_age: 2 * MINUTE,
        max_bytes: 64 * MIB,
        // The last message of a subject carries its total.
        max_msgs_per_subject: 1,
        discard: 'old',
        allow_direct: true,
        allow_msg_counter: true,
      },
      {
        name: BREAKERS_STREAM,
        subjects: ['breakers.*'],
        // As for DELTAS (ADR 0007).
        storage: 'file',
        retention: 'limits',
        num_replicas: replicas,
        // The last state of a circuit is all there is; one of an hour ago says nothing any more.
        max_age: HOUR,
        max_bytes: 16 * MIB,
        max_msgs_per_subject: 1,
        discard: 'old',
        allow_direct: true,
        republish: { src: 'breakers.*', dest: 'stored.breakers.{{wildcard(1)}}' },
      },
      {
        name: LOCKS_STREAM,
        subjects: ['locks.*'],
        // As for DELTAS (ADR 0007).
        storage: 'file',
        retention: 'limits',
        num_replicas: replicas,
        // What hands a lock over when its holder dies.
        max_age: LOCK_TTL_MS * 1_000_000,
        max_bytes: 1 * MIB,
        max_msgs_per_subject: 1,
        discard: 'old',
      },
      {
        name: AUDIT_STREAM,
        subjects: ['audit.*.*'],
        storage: 'file',
        retention: 'limits',
        num_replicas: replicas,
        // MongoDB keeps the entries for good: this long it may be away, or be restored from a backup and replayed.
        max_age: 90 * DAY,
        // Two million entries. Full means refused: auth's outbox then keeps them, and nobody's work is refused.
        max_bytes: 1024 * MIB,
        discard: 'new',
        // Nobody takes a line out of the log, the deletion of a team included (ADR 0053).
        deny_delete: true,
        deny_purge: true,
      },
    ],
    consumers: [
      {
        ...runner,
        durable_name: CONSUMERS.interactive,
        filter_subjects: [`${queue}.interactive.*.*.requested`, `${queue}.interactive.*.*.due`],
      },
      { ...runner, durable_name: CONSUMERS.batch, filter_subjects: [`${queue}.batch.*.*.ready`] },
      {
        ...consumer,
        durable_name: CONSUMERS.projector,
        filter_subjects: [`${queue}.*.*.*.*`],
        ack_wait: 30 * SECOND,
        max_deliver: -1,
        max_ack_pending: 20_000,
      },
      {
        ...consumer,
        stream: AUDIT_STREAM,
        durable_name: CONSUMERS.auditProjector,
        filter_subjects: ['audit.*.*'],
        ack_wait: 30 * SECOND,
        max_deliver: -1,
        max_ack_pending: 2_000,
      },
    ],
    objectBuckets: [
      { bucket: PAYLOADS_BUCKET, ttl: 24 * HOUR, storage: 'file', replicas, maxBytes: 2048 * MIB },
    ],
  };
}
