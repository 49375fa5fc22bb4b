import type { NatsAccount, NatsLogin } from '@sluice/contracts';

/** Direct gets and pulls are answered with many messages; everything else with one. */
const MANY_ANSWERS = /^\$JS\.API\.(DIRECT\.GET|CONSUMER\.MSG\.NEXT)\./;

/**
 * How long the server keeps the way back for such answers after the last of them. It keeps one for every pull, and
 * 2 minutes by default; a pull shows itself by a heartbeat every 5 s, and a direct get is given up after as long.
 */
const ANSWERS_APART = '15s';

const quoted = (text: string): string => JSON.stringify(text);
const list = (subjects: readonly string[]): string => `[${subjects.map(quoted).join(', ')}]`;

/** Accounts in nats-server's own language. Passwords are written as they are given: quoted, or as `$VARIABLE`. */
export const natsAccountsConfig = (accounts: readonly NatsAccount[]): string =>
  ['accounts {', ...accounts.flatMap(accountLines), '}'].join('\n');

const accountLines = ({
  name,
  jetstream,
  users,
  exports = [],
  imports = [],
  mappings = [],
}: NatsAccount): readonly string[] => [
  `  ${quoted(name)} {`,
  ...(jetstream ? ['    jetstream: enabled'] : []),
  ...block('users', users.flatMap(userLines)),
  ...block(
    'exports',
    exports.map(({ kind, subject, to }) => {
      const many =
        kind === 'service' && MANY_ANSWERS.test(subject)
          ? `, response_type: "Stream", response_threshold: "${ANSWERS_APART}"`
          : '';
      return `{ ${kind}: ${quoted(subject)}, accounts: ${list(to)}${many} }`;
    }),
  ),
  ...block(
    'imports',
    imports.map(
      ({ kind, subject, from, as }) =>
        `{ ${kind}: { account: ${quoted(from)}, subject: ${quoted(subject)} }${as ? `, to: ${quoted(as)}` : ''} }`,
    ),
  ),
  ...(mappings.length === 0 ? [] : ['    mappings: {']),
  ...mappings.map(([from, to]) => `      ${quoted(from)}: ${quoted(to)}`),
  ...(mappings.length === 0 ? [] : ['    }']),
  '  }',
];

const block = (name: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [`    ${name}: [`, ...lines.map((line) => `      ${line}`), '    ]'];

const userLines = ({ user, password, permissions }: NatsLogin): readonly string[] => {
  const login = `user: ${quoted(user)}, password: ${password}`;
  if (!permissions) return [`{ ${login} }`];
  const lines = (subjects: readonly string[]) => subjects.map((subject) => `      ${quoted(subject)}`);
  const allow = (name: string, subjects: readonly string[]): readonly string[] =>
    subjects.length === 0
      ? [`    ${name}: { deny: ">" }`]
      : [`    ${name}: { allow: [`, ...lines(subjects), '    ] }'];
  return [
    `{ ${login}`,
    '  permissions: {',
    ...allow('publish', permissions.publish),
    ...allow('subscribe', permissions.subscribe),
    '  } }',
  ];
};
