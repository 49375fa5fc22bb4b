import type { NatsUser } from '@sluice/contracts';
import { connect, type NatsConnection, natsTlsFrom } from '@sluice/messaging';
import type { Environment } from './command.ts';

const FIRST_CONNECT_MS = 10_000;

/** The lines of the variables that every command on NATS reads. */
export const natsVariables = (user: NatsUser): readonly string[] => [
  `${'NATS_URL'.padEnd(33)} nats://${user}:password@host:4222, several with commas; tls:// for TLS`,
  'NATS_CA_FILE, NATS_CERT_FILE, NATS_KEY_FILE   PEM files for TLS (none)',
];

/** Connects as NATS_URL says, for as long as it is used. Throws an Error that names what is not set. */
export const withNats = async <Result>(
  env: Environment,
  user: NatsUser,
  use: (nc: NatsConnection) => Promise<Result>,
): Promise<Result> => {
  const url = env['NATS_URL'];
  if (!url) throw new Error('NATS_URL is not set: it says where NATS is, as in nats://localhost:4222.');
  const nc = await connect({ url, ...natsTlsFrom(env), name: user, firstConnectMs: FIRST_CONNECT_MS });
  try {
    return await use(nc);
  } finally {
    await nc.close();
  }
};
