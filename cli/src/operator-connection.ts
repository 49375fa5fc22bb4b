import { connect, type NatsConnection, natsTlsFrom } from '@sluice/messaging';
import { type KeyRing, keyRing } from '@sluice/sealing';
import type { Environment } from './command.ts';

const FIRST_CONNECT_MS = 10_000;

/** A line for each variable that commands read which open provider keys. */
export const KEY_VARIABLES = [
  'NATS_URL                          nats://operator:password@host:4222, several with commas',
  'API_KEY_ENCRYPTION_KEY            the secret of the provider-runners',
  'API_KEY_ENCRYPTION_KEY_PREVIOUS   earlier ones, separated by commas (none)',
];

/** Connects as the operator, with the key ring of the environment. Throws an Error that names what is not set. */
export const asOperator = async <Result>(
  env: Environment,
  use: (nc: NatsConnection, ring: KeyRing) => Promise<Result>,
): Promise<Result> => {
  const url = env['NATS_URL'];
  if (!url) throw new Error('NATS_URL is not set: it says where NATS is, as in nats://localhost:4222.');
  const secret = env['API_KEY_ENCRYPTION_KEY'];
  if (!secret) throw new Error('API_KEY_ENCRYPTION_KEY is not set: provider keys are opened with it.');
  const ring = await keyRing(secret, env['API_KEY_ENCRYPTION_KEY_PREVIOUS']);
  const nc = await connect({ url, ...natsTlsFrom(env), name: 'operator', firstConnectMs: FIRST_CONNECT_MS });
  try {
    return await use(nc, ring);
  } finally {
    await nc.close();
  }
};
