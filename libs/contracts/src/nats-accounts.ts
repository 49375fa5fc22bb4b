import { NATS_USERS, type NatsUser, type Permissions, permissionsOf } from './permissions.ts';
import type { TopologyOptions } from './topology.ts';

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

/**
 * Users that live in an account of their own. A permission bounds what a user publishes and not the subject that it
 * wants to be answered on, and there the server publishes with its own rights: measured on 2.15, a user with a read
 * permission alone had it store a `finished` of its own making. Across accounts an answer reaches nothing but the
 * asker's account (ADR 0049). These two are the ones that face the outside.
 */
const APART: readonly NatsUser[] = ['gateway', 'operator'];

export type NatsAccountsOptions = {
  readonly topology?: Partial<TopologyOptions>;
  /** Name of the account with the streams. Default `SLUICE`. */
  readonly account?: string;
  /** How a login is called. Default: as the user itself. */
  readonly loginOf?: (user: NatsUser) => string;
  readonly passwordOf: (user: NatsUser) => string;
  /** More logins for the account with the streams. */
  readonly extra?: readonly NatsLogin[];
};

/** The accounts of one installation, each user with what permissionsOf gives it. */
export const natsAccountsOf = (options: NatsAccountsOptions): NatsAccount[] => {
  const { topology = {}, account = 'SLUICE', loginOf = (user: NatsUser) => user, passwordOf } = options;
  const permissions = permissionsOf(topology);
  const login = (user: NatsUser, permitted = permissions[user]): NatsLogin => ({
    user: loginOf(user),
    password: passwordOf(user),
    permissions: permitted,
  });
  const nameOf = (user: NatsUser): string => `${account}-${user}`;
  const apart = APART.map((user) => {
    const { publish, subscribe } = permissions[user];
    return {
      name: nameOf(user),
      jetstream: false,
      users: [login(user, { publish: publish.map(nameAcross), subscribe })],
      imports: importsOf(permissions[user], account),
      mappings: publish.filter(isApi).map((subject) => [subject, nameAcross(subject)] as const),
    };
  });
  const within = NATS_USERS.filter((user) => !APART.includes(user));
  return [
    {
      name: account,
      jetstream: true,
      users: [...within.map((user) => login(user)), ...(options.extra ?? [])],
      exports: exportsTo(apart),
    },
    ...apart,
  ];
};

/** Every account has a JetStream API of its own at `$JS.API.`, which hides an import of that name. */
const isApi = (subject: string): boolean => subject.startsWith('$JS.API.');
const nameAcross = (subject: string): string => (isApi(subject) ? `across.${subject}` : subject);

/** What a user in an account of its own needs from where the streams are: all but its inboxes. */
const importsOf = ({ publish, subscribe }: Permissions, from: string): Import[] => [
  ...publish.map((subject) => ({
    ...{ kind: 'service' as const, subject, from },
    ...(isApi(subject) ? { as: nameAcross(subject) } : {}),
  })),
  ...subscribe
    .filter((subject) => !subject.startsWith('_INBOX_'))
    .map((subject) => ({ kind: 'stream' as const, subject, from })),
];

const exportsTo = (importers: readonly { name: string; imports: readonly Import[] }[]): Export[] => {
  const found = new Map<string, Export>();
  for (const { name, imports } of importers) {
    for (const { kind, subject } of imports) {
      const key = `${kind} ${subject}`;
      found.set(key, { kind, subject, to: [...(found.get(key)?.to ?? []), name] });
    }
  }
  return [...found.values()];
};
