import { CALLERS } from './endpoint.ts';
import { answererOf, ENDPOINTS } from './endpoints.ts';
import {
  ANY_JOB_CANCELLED,
  ANY_PROFILE_CHANGED,
  ANY_STORED_CIRCUIT,
  auditSubject,
  authEventSubjects,
  circuitSubject,
  deltasSubject,
  gatewaySubjects,
  type JobEventName,
  lockSubject,
  subjectsOf,
} from './subjects.ts';
import {
  BREAKERS_STREAM,
  CONSUMERS,
  DELTAS_STREAM,
  LOCKS_STREAM,
  PAYLOADS_BUCKET,
  TIMERS_STREAM,
  TOPOLOGY_DEFAULTS,
  type TopologyOptions,
  topologyOf,
} from './topology.ts';

/** Who logs in to NATS: each service, the command line, and who applies the topology. */
export const NATS_USERS = [...CALLERS, 'provisioner'] as const;
export type NatsUser = (typeof NATS_USERS)[number];

/** The environment variable with a user's password: of nats-server in its configuration, and of `npm start`. */
export const natsPasswordVariable = (user: NatsUser): string =>
  `NATS_${user.toUpperCase().replaceAll('-', '_')}_PASSWORD`;

/**
 * Subjects that a user may publish to and subscribe to; everything else is refused. Replies go to what the server made
 * of the asker's inbox and nowhere else: `allow_responses` would let an asker choose any subject to be answered on, and
 * a stream's deletion is one of them (ADR 0049).
 */
export type Permissions = { readonly publish: readonly string[]; readonly subscribe: readonly string[] };

/** Where a connection of this name receives replies: `_INBOX_<name>.>` is what its user may subscribe to. */
export const inboxPrefixOf = (name: string): string => `_INBOX_${name.replaceAll(/[^a-zA-Z0-9_-]/g, '-')}`;

/** Connections are named after their user, with `-frames` for the one that carries frames. */
const inboxesOf = (user: NatsUser): string[] => [
  `${inboxPrefixOf(user)}.>`,
  `${inboxPrefixOf(`${user}-frames`)}.>`,
];

/** What the server puts in place of a reply subject that comes from another account, as every asker's does. */
const REPLIES_ACROSS_ACCOUNTS = '_R_.>';

/** Whether a permission is for answers, which find their way across accounts without an import. */
export const isAnswer = (subject: string): boolean =>
  subject === REPLIES_ACROSS_ACCOUNTS || subject.startsWith('_INBOX_');

/** Who pulls from a consumer. */
const PULLERS: Readonly<Record<(typeof CONSUMERS)[keyof typeof CONSUMERS], NatsUser>> = {
  [CONSUMERS.interactive]: 'provider-runner',
  [CONSUMERS.batch]: 'provider-runner',
  [CONSUMERS.projector]: 'jobs',
  [CONSUMERS.auditProjector]: 'jobs',
};

/** What each user may do in an installation with this topology. */
export const permissionsOf = (
  options: Partial<TopologyOptions> = {},
): Readonly<Record<NatsUser, Permissions>> => {
  const own = ownPermissions(options);
  const users = NATS_USERS.map((user): [NatsUser, Permissions] => {
    const asks = ENDPOINTS.filter(({ callers }) => (callers as readonly string[]).includes(user));
    const answers = ENDPOINTS.filter((endpoint) => answererOf(endpoint) === user);
    const pulls = topologyOf(options).consumers.filter(
      ({ durable_name }) => (PULLERS as Readonly<Record<string, NatsUser>>)[durable_name] === user,
    );
    const { publish, subscribe } = own[user];
    return [
      user,
      {
        publish: [
          ...publish,
          ...asks.map(({ subject }) => subject),
          ...(answers.length > 0 ? [REPLIES_ACROSS_ACCOUNTS] : []),
          ...pulls.flatMap(({ stream, durable_name }) => [
            `$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable_name}`,
            `$JS.ACK.${stream}.${durable_name}.>`,
          ]),
        ],
        subscribe: [...inboxesOf(user), ...subscribe, ...answers.map(({ subject }) => subject)],
      },
    ];
  });
  return Object.fromEntries(users) as Record<NatsUser, Permissions>;
};

const PAYLOADS = `OBJ_${PAYLOADS_BUCKET}`;

const api = (verb: string, ...streams: string[]): string[] =>
  streams.map((stream) => `$JS.API.STREAM.${verb}.${stream}`);
const reads = (...streams: string[]): string[] => [
  ...api('MSG.GET', ...streams),
  ...streams.map((stream) => `$JS.API.DIRECT.GET.${stream}`),
];
/** Reading and writing large bodies (ADR 0032). */
const payloads = [...[`$O.${PAYLOADS_BUCKET}.C.*`, `$O.${PAYLOADS_BUCKET}.M.*`], ...reads(PAYLOADS)];

/** Besides endpoints, consumers and inboxes. Grouped by what it is for. */
const ownPermissions = (options: Partial<TopologyOptions>): Readonly<Record<NatsUser, Permissions>> => {
  const { queue } = { ...TOPOLOGY_DEFAULTS, ...options };
  const jobs = subjectsOf(queue).stream;
  const events = (...names: JobEventName[]): string[] => names.map((name) => `${queue}.*.*.*.${name}`);
  return {
    gateway: {
      publish: [
        ...events('requested'),
        ...[...reads(jobs, DELTAS_STREAM), ...payloads],
        'counters.>',
        // Whether it is ready.
        ...api('INFO', jobs, DELTAS_STREAM, PAYLOADS),
        ...[CONSUMERS.interactive, CONSUMERS.batch].map((name) => `$JS.API.CONSUMER.INFO.${jobs}.${name}`),
      ],
      subscribe: [
        `stored.${queue}.*.*.*.*`,
        'deltas.*.*',
        // Of all replicas: their ids are random, and a server's permissions cannot follow them.
        ...[gatewaySubjects.finished('*'), gatewaySubjects.frames('*')],
        ANY_PROFILE_CHANGED,
        ...Object.values(authEventSubjects),
      ],
    },
    auth: {
      publish: [
        ANY_PROFILE_CHANGED,
        ...Object.values(authEventSubjects),
        auditSubject('*', '*'),
        'counters.>',
      ],
      // Of its other replicas.
      subscribe: [authEventSubjects.jwks],
    },
    jobs: {
      publish: [
        // `requested`: the new job of a retry.
        ...events('requested', 'ready', 'finished'),
        // Who waits for a job that is cancelled, and who works on it.
        ...[gatewaySubjects.finished('*'), ANY_JOB_CANCELLED],
        ...[...reads(jobs), ...api('INFO', jobs)],
        // Who sweeps.
        ...[lockSubject('*'), ...api('MSG.GET', LOCKS_STREAM), ...api('MSG.DELETE', LOCKS_STREAM)],
        // Deleting: tombstones, and all that is kept of a job or a team.
        ...api('PURGE', jobs, DELTAS_STREAM, TIMERS_STREAM, PAYLOADS),
        ...api('MSG.DELETE', jobs, PAYLOADS),
        ...[...payloads, ...api('INFO', DELTAS_STREAM, TIMERS_STREAM, PAYLOADS)],
      ],
      subscribe: [],
    },
    'provider-runner': {
      publish: [
        ...events('started', 'retrying', 'parked', 'released', 'finished'),
        'timers.at.*.*.*',
        ...[...reads(jobs), ...api('INFO', jobs), ...payloads],
        deltasSubject('*', '*'),
        ...[circuitSubject('*'), ...reads(BREAKERS_STREAM)],
        ...[gatewaySubjects.finished('*'), gatewaySubjects.frames('*')],
      ],
      subscribe: [ANY_PROFILE_CHANGED, ANY_JOB_CANCELLED, ANY_STORED_CIRCUIT],
    },
    // Exporting a team: large bodies.
    operator: { publish: reads(PAYLOADS), subscribe: [] },
    provisioner: { publish: topologyChanges(options), subscribe: [] },
  };
};

/** By literal names: neither a stream nor a consumer that the topology does not have. No message, no purge. */
const topologyChanges = (options: Partial<TopologyOptions>): string[] => {
  const { streams, objectBuckets, consumers } = topologyOf(options);
  const names = [...streams.map(({ name }) => name), ...objectBuckets.map(({ bucket }) => `OBJ_${bucket}`)];
  return [
    ...['INFO', 'CREATE', 'UPDATE'].flatMap((verb) => api(verb, ...names)),
    ...consumers.flatMap(({ stream, durable_name }) =>
      ['INFO', 'CREATE'].map((verb) => `$JS.API.CONSUMER.${verb}.${stream}.${durable_name}`),
    ),
  ];
};
