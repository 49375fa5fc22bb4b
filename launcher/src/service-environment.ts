export type ServiceName = 'auth' | 'gateway' | 'jobs' | 'provider-runner';

type Environment = Readonly<Record<string, string | undefined>>;

/** Names in full, or with a `*` at the end for all that begin so. */
const FOR_ALL = [
  ...['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'SYSTEMROOT', 'LANG', 'LC_ALL', 'TZ'],
  ...['NODE_ENV', 'NODE_COMPILE_CACHE', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
  ...['LOG_LEVEL', 'NATS_URL', 'NATS_CA_FILE', 'NATS_CERT_FILE', 'NATS_KEY_FILE', 'AI_QUEUE_NAME', 'OTEL_*'],
];

// What is not named does not arrive: a new secret reaches nobody until it is written here.
const FOR_ONE: Readonly<Record<ServiceName, readonly string[]>> = {
  gateway: [
    ...['PORT', 'HOST', 'CORS_ORIGIN', 'METRICS_PORT', 'LIMIT_*', 'JOB_*'],
    ...['TRUSTED_PROXIES', 'TLS_CERT_FILE', 'TLS_KEY_FILE', 'HTTP_MAX_CONNECTIONS'],
    ...['HTTP_HEADERS_TIMEOUT_MS', 'HTTP_REQUEST_TIMEOUT_MS', 'HTTP_KEEP_ALIVE_MS'],
  ],
  auth: [
    ...['DATABASE_URL', 'DATABASE_CA_FILE', 'JWT_SECRET', 'JWT_SECRET_PREVIOUS', 'LIMIT_AUTH_PER_MINUTE'],
    ...['SEALING_PUBLIC_KEYS', 'PROVIDER_ALLOWED_HOSTS'],
  ],
  jobs: ['DATABASE_URL', 'DATABASE_CA_FILE', 'JOB_*', 'RETRY_*', 'LIMIT_*'],
  'provider-runner': [
    ...['API_KEY_ENCRYPTION_KEY', 'API_KEY_ENCRYPTION_KEY_PREVIOUS', 'PROVIDER_ALLOWED_HOSTS'],
    ...['RUNNER_*', 'JOB_*', 'RETRY_*', 'BREAKER_*', 'SHUTDOWN_GRACE_MS'],
    ...['AI_REQUEST_TIMEOUT_MS', 'AI_CONNECT_TIMEOUT_MS', 'AI_FIRST_TOKEN_TIMEOUT_MS', 'AI_IDLE_TIMEOUT_MS'],
    ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'],
  ],
};

const matches = (pattern: string, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;

/** The part of an environment that a service may have: neither secret for the gateway, each secret for one service. */
export const environmentFor = (service: ServiceName, all: Environment): Record<string, string> => {
  const patterns = [...FOR_ALL, ...FOR_ONE[service]];
  const entries = Object.entries(all).filter(([name]) => patterns.some((pattern) => matches(pattern, name)));
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
};

/** The user's list of allowed provider hosts with one more. */
export const withAllowedHost = (hosts: string | undefined, host: string): string =>
  [...(hosts ?? '').split(','), host]
    .map((entry) => entry.trim())
    .filter((entry, index, entries) => entry !== '' && entries.indexOf(entry) === index)
    .join(',');
