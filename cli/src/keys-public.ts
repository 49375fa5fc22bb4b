import { keyRing, publicKeys } from '@sluice/sealing';
import type { Command } from './command.ts';

/** Derives the public side of the keys that open; the variables' values appear nowhere. */
export const keysPublic: Command = {
  name: 'keys public',
  summary: 'Prints SEALING_PUBLIC_KEYS, which auth needs; the secret itself is never printed.',
  variables: [
    'API_KEY_ENCRYPTION_KEY            the secret of the provider-runners',
    'API_KEY_ENCRYPTION_KEY_PREVIOUS   earlier ones, separated by commas (none)',
  ],
  run: async (env) => {
    const secret = env['API_KEY_ENCRYPTION_KEY'];
    if (!secret)
      throw new Error('API_KEY_ENCRYPTION_KEY is not set: it is the secret that the key pair follows from.');
    return publicKeys(await keyRing(secret, env['API_KEY_ENCRYPTION_KEY_PREVIOUS']));
  },
};
