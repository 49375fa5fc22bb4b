import { randomBytes } from 'node:crypto';
import { keyRing, publicKeys } from '@sluice/sealing';
import { keepJson, readKept } from './kept-json.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const SECRET_BYTES = 32;

export type Secrets = {
  readonly JWT_SECRET: string;
  readonly API_KEY_ENCRYPTION_KEY: string;
  /** The public side of the key that opens, for auth. */
  readonly SEALING_PUBLIC_KEYS: string;
};

/**
 * The secrets of the environment, and for what is not set there, ones made once and kept in a file of mode 0600: what
 * they signed and sealed stays valid over restarts. The public keys follow from the key that opens.
 */
export const loadSecrets = async (path: string, env: Environment): Promise<Secrets> => {
  const kept = readKept(path);
  const made = () => randomBytes(SECRET_BYTES).toString('base64');
  const JWT_SECRET = env['JWT_SECRET'] || kept['JWT_SECRET'] || made();
  const API_KEY_ENCRYPTION_KEY = env['API_KEY_ENCRYPTION_KEY'] || kept['API_KEY_ENCRYPTION_KEY'] || made();
  const next = {
    ...(env['JWT_SECRET'] ? {} : { JWT_SECRET }),
    ...(env['API_KEY_ENCRYPTION_KEY'] ? {} : { API_KEY_ENCRYPTION_KEY }),
  };
  if (Object.entries(next).some(([name, value]) => kept[name] !== value))
    keepJson(path, { ...kept, ...next });
  const ring = await keyRing(API_KEY_ENCRYPTION_KEY, env['API_KEY_ENCRYPTION_KEY_PREVIOUS']);
  const SEALING_PUBLIC_KEYS = env['SEALING_PUBLIC_KEYS'] || publicKeys(ring);
  return { JWT_SECRET, API_KEY_ENCRYPTION_KEY, SEALING_PUBLIC_KEYS };
};
