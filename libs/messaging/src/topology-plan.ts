import type { NatsConnection } from '@nats-io/nats-core';
import type { ConsumerSettings, ObjectBucketSettings, StreamSettings, Topology } from '@sluice/contracts';
import { JETSTREAM_ERROR, JetStreamError, jetStreamRequest } from './jetstream-request.ts';
import { differences, type FieldDifference } from './topology-differences.ts';

type Settings = Readonly<Record<string, unknown>>;

/** What has to happen to one stream or consumer. */
export type Step = {
  /** For people: `stream JOBS`, `consumer JOBS/run-batch`. */
  readonly what: string;
  readonly action: 'create' | 'update' | 'keep';
  /** Differences that JetStream cannot make good in place. */
  readonly refused: readonly FieldDifference[];
  readonly apply: () => Promise<unknown>;
};

// Besides what the server never changes: what it turns on and not off again.
const STREAM_FIXED = [
  'storage',
  'retention',
  'max_consumers',
  'first_seq',
  'mirror',
  'sealed',
  'deny_delete',
  'deny_purge',
  'allow_msg_counter',
  'persist_mode',
];
const STREAM_ONE_WAY = ['allow_msg_schedules', 'allow_msg_ttl'];
const CONSUMER_FIXED = [
  'deliver_policy',
  'opt_start_seq',
  'opt_start_time',
  'ack_policy',
  'replay_policy',
  'max_waiting',
];

/** Compares a topology with what the server has, and changes nothing. Throws AppError `unavailable`. */
export const planTopology = async (nc: NatsConnection, topology: Topology): Promise<Step[]> => {
  const steps: Step[] = [];
  const streams = [...topology.streams, ...topology.objectBuckets.map(streamOfBucket)];
  // One after the other: a source comes before the stream that reads it.
  for (const stream of streams) steps.push(await planStream(nc, stream));
  for (const consumer of topology.consumers) steps.push(await planConsumer(nc, consumer));
  return steps;
};

/** An object store bucket as the stream that it is (ADR-20 of NATS). */
const streamOfBucket = ({
  bucket,
  ttl,
  storage,
  replicas,
  maxBytes,
}: ObjectBucketSettings): StreamSettings => ({
  name: `OBJ_${bucket}`,
  subjects: [`$O.${bucket}.C.>`, `$O.${bucket}.M.>`],
  storage,
  num_replicas: replicas,
  max_age: ttl,
  max_bytes: maxBytes,
  discard: 'new',
  // One message with that header, on any subject, would take everybody's bodies with it. Names are used once.
  allow_rollup_hdrs: false,
  allow_direct: true,
});

const planStream = async (nc: NatsConnection, wanted: StreamSettings): Promise<Step> => {
  const api = (verb: string, body: object): Promise<unknown> =>
    jetStreamRequest(nc, `$JS.API.STREAM.${verb}.${wanted.name}`, body);
  const current = await configOrNothing(() => api('INFO', {}), JETSTREAM_ERROR.streamNotFound);
  return stepOf(`stream ${wanted.name}`, current, wanted, {
    isFixed: ({ field, wanted: value }) =>
      STREAM_FIXED.includes(field) || (STREAM_ONE_WAY.includes(field) && value === false),
    create: () => api('CREATE', wanted),
    update: (merged) => api('UPDATE', merged),
  });
};

const planConsumer = async (nc: NatsConnection, settings: ConsumerSettings): Promise<Step> => {
  const { stream, ...wanted } = settings;
  const name = wanted.durable_name;
  const path = `${stream}.${name}`;
  const info = (): Promise<unknown> => jetStreamRequest(nc, `$JS.API.CONSUMER.INFO.${path}`, {});
  const current = await configOrNothing(
    info,
    JETSTREAM_ERROR.consumerNotFound,
    JETSTREAM_ERROR.streamNotFound,
  );
  const put = (action: 'create' | 'update', config: Settings): Promise<unknown> =>
    jetStreamRequest(nc, `$JS.API.CONSUMER.CREATE.${path}`, {
      stream_name: stream,
      config: { ...config, name, durable_name: name },
      action,
    });
  return stepOf(`consumer ${stream}/${name}`, current, wanted, {
    isFixed: ({ field }) => CONSUMER_FIXED.includes(field),
    create: () => put('create', wanted),
    update: (merged) => put('update', merged),
  });
};

type Means = {
  readonly isFixed: (difference: FieldDifference) => boolean;
  readonly create: () => Promise<unknown>;
  readonly update: (merged: Settings) => Promise<unknown>;
};

const stepOf = (what: string, current: Settings | undefined, wanted: Settings, means: Means): Step => {
  if (!current) return { what, action: 'create', refused: [], apply: means.create };
  const found = differences(current, wanted);
  return {
    what,
    action: found.length === 0 ? 'keep' : 'update',
    refused: found.filter(means.isFixed),
    apply: () => means.update({ ...current, ...wanted }),
  };
};

const configOrNothing = async (
  info: () => Promise<unknown>,
  ...missing: number[]
): Promise<Settings | undefined> => {
  try {
    return ((await info()) as { config: Settings }).config;
  } catch (error) {
    if (error instanceof JetStreamError && missing.includes(error.code)) return undefined;
    throw error;
  }
};
