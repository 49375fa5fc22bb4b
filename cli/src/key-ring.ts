import type { NatsConnection } from '@sluice/messaging';
import { type KeyRing, keyRing } from '@sluice/sealing';
import type { Environment } from './command.ts';
import { natsVariables, withNats } from './nats-connection.ts';

/** A line for each variable that commands read which open provider keys. */
export const KEY_VARIABLES = [
  ...natsVariables('operator'),
  'API_KEY_ENCRYPTION_KEY            the secret of the provider-runners',
  'API_KEY_ENCRYPTION_KEY_PREVIOUS   earlier ones, separated by commas (none)',
];

/** Connects as the operator, with the key ring of the environment. Throws an Error that names what is not set. */
export const withKeyRing = async <Result>(
  env: Environment,
  use: (nc: NatsConnection, ring: KeyRing) => Promise<Result>,
): Promise<Result> => {
  const secret = env['API_KEY_ENCRYPTION_KEY'];
  if (!secret) throw new Error('API_KEY_ENCRYPTION_KEY is not set: provider keys are opened with it.');
  const ring = await keyRing(secret, env['API_KEY_ENCRYPTION_KEY_PREVIOUS']);
  return withNats(env, 'operator', (nc) => use(nc, ring));
};
