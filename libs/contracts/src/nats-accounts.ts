import { answererOf, ENDPOINTS } from './endpoints.ts';
import { isAnswer, NATS_USERS, type NatsUser, type Permissions, permissionsOf } from './permissions.ts';
import { type TopologyOptions, topologyOf } from './topology.ts';

/** A login. The password is what the server's configuration says of it: a quoted text, or a variable's name. */
export type NatsLogin = {
  readonly user: string;
  readonly password: string;
  /** Left out: everything within its account. */
  readonly permissions?: Permissions;
};
type Export = {
  readonly kind: 'service' | 'stream';
  readonly subject: string;
  readonly to: readonly string[];
};
type Import = {
  readonly kind: 'service' | 'stream';
  readonly subject: string;
  readonly from: string;
  /** What it is called in the importing account, where that is not `subject`. */
  readonly as?: string;
};

/** An account of nats-server: subjects and streams are its own, but for what it imports. */
export type NatsAccount = {
  readonly name: string;
  readonly jetstream: boolean;
  readonly users: readonly NatsLogin[];
  readonly exports?: readonly Export[];
  readonly imports?: readonly Import[];
  /** What a client publishes, and what the server makes of it before it looks at permissions. */
  readonly mappings?: readonly (readonly [from: string, to: string])[];
};

export type NatsAccountsOptions = {
  readonly topology?: Partial<TopologyOptions>;
  /** Name of the account with the streams. Default `SLUICE`. */
  readonly account?: string;
  /** How a login is called. Default: as the user itself. */
  readonly loginOf?: (user: NatsUser) => string;
  readonly passwordOf: (user: NatsUser) => string;
  /** Logins for the account with the streams. */
  readonly extra?: readonly NatsLogin[];
};

/**
 * The accounts of one installation: one with the streams and nobody in it, and one for each user, with what
 * permissionsOf gives it. A permission bounds what a user publishes and not the subject that it wants to be answered on,
 * and there the server publishes with its own rights: measured on 2.15, a user who might read had it delete a stream.
 * Across accounts an answer reaches nothing but the asker's account, where nobody listens but the asker (ADR 0049).
 */
export const natsAccountsOf = (options: NatsAccountsOptions): NatsAccount[] => {
  const {
    topology = {},
    account = 'SLUICE',
    loginOf = (user: NatsUser) => user,
    passwordOf,
    extra,
  } = options;
  const permissions = permissionsOf(topology);
  const nameOf = (user: NatsUser): string => `${account}-${user}`;
  const routes = routesOf(permissions, topology);
  const apart = NATS_USERS.map((user): NatsAccount => {
    const { publish, subscribe } = permissions[user];
    const permitted = { publish: publish.map(nameAcross), subscribe };
    return {
      name: nameOf(user),
      jetstream: false,
      users: [{ user: loginOf(user), password: passwordOf(user), permissions: permitted }],
      imports: routes
        .filter(({ importer }) => importer === user)
        .map(({ kind, subject, exporter }) => ({
          ...{ kind, subject, from: exporter ? nameOf(exporter) : account },
          ...(isApi(subject) ? { as: nameAcross(subject) } : {}),
        })),
      mappings: publish.filter(isApi).map((subject) => [subject, nameAcross(subject)] as const),
    };
  });
  const streams: NatsAccount = { name: account, jetstream: true, users: extra ?? [] };
  return [streams, ...apart].map((one) => ({ ...one, exports: exportsOf(one.name, apart) }));
};

/** Every account has a JetStream API of its own at `$JS.API.`, which hides an import of that name. */
const isApi = (subject: string): boolean => subject.startsWith('$JS.API.');
const nameAcross = (subject: string): string => (isApi(subject) ? `across.${subject}` : subject);

/** What crosses accounts: a user asks (`service`) or hears (`stream`) something of another, or of JetStream. */
type Route = {
  readonly kind: 'service' | 'stream';
  readonly subject: string;
  readonly importer: NatsUser;
  /** Left out: the account with the streams. */
  readonly exporter?: NatsUser;
};

/**
 * An endpoint is imported from who answers it, an event from each who tells it. All else is JetStream's: what it stores,
 * what it is asked, what it repeats.
 */
const routesOf = (
  permissions: Readonly<Record<NatsUser, Permissions>>,
  topology: Partial<TopologyOptions>,
): Route[] => {
  const answerers = new Map<string, NatsUser>(ENDPOINTS.map((one) => [one.subject, answererOf(one)]));
  const stored = new Set(topologyOf(topology).streams.flatMap(({ subjects }) => subjects));
  const usersWho = (may: keyof Permissions, subject: string): NatsUser[] =>
    stored.has(subject) ? [] : NATS_USERS.filter((user) => permissions[user][may].includes(subject));
  const asked = (importer: NatsUser, subject: string): Route[] => {
    const exporter = answerers.get(subject);
    if (exporter) return [{ kind: 'service', subject, importer, exporter }];
    return usersWho('subscribe', subject).length > 0 ? [] : [{ kind: 'service', subject, importer }];
  };
  const heard = (importer: NatsUser, subject: string): Route[] => {
    const tellers = usersWho('publish', subject);
    if (answerers.has(subject)) return [];
    if (tellers.length === 0) return [{ kind: 'stream', subject, importer }];
    return tellers
      .filter((exporter) => exporter !== importer)
      .map((exporter) => ({ kind: 'stream', subject, importer, exporter }));
  };
  return NATS_USERS.flatMap((importer) => {
    const { publish, subscribe } = permissions[importer];
    return [
      ...publish.filter((subject) => !isAnswer(subject)).flatMap((subject) => asked(importer, subject)),
      ...subscribe.filter((subject) => !isAnswer(subject)).flatMap((subject) => heard(importer, subject)),
    ];
  });
};

/** An account exports what others import of it, to them alone. */
const exportsOf = (exporter: string, importers: readonly NatsAccount[]): Export[] => {
  const found = new Map<string, Export>();
  for (const { name, imports = [] } of importers) {
    for (const { kind, subject, from } of imports) {
      if (from !== exporter) continue;
      const key = `${kind} ${subject}`;
      found.set(key, { kind, subject, to: [...(found.get(key)?.to ?? []), name] });
    }
  }
  return [...found.values()];
};
