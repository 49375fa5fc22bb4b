import { randomBytes } from 'node:crypto';
import { NATS_USERS, type NatsUser, natsPasswordVariable } from '@sluice/contracts';
import { keepJson, readKept } from './kept-json.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const PASSWORD_BYTES = 24;

/** A password for each user of our own nats-server: the environment's, else one made once and kept beside the secrets. */
export const ownNatsPasswords = (path: string, env: Environment): Environment => {
  const kept = readKept(path);
  const passwords = Object.fromEntries(
    NATS_USERS.map((user) => {
      const name = natsPasswordVariable(user);
      return [name, env[name] || kept[name] || randomBytes(PASSWORD_BYTES).toString('hex')];
    }),
  );
  if (Object.entries(passwords).some(([name, value]) => kept[name] !== value)) {
    keepJson(path, { ...kept, ...passwords });
  }
  return passwords;
};

/** The NATS URL of one user: with its login where there is a password for it, else as it is. */
export const natsUrlFor = (user: NatsUser, natsUrl: string, passwords: Environment): string => {
  const password = passwords[natsPasswordVariable(user)];
  if (!password) return natsUrl;
  // The first URL that carries credentials gives them for all.
  const [first = '', ...others] = natsUrl.split(',');
  const url = new URL(first.includes('://') ? first.trim() : `nats://${first.trim()}`);
  url.username = user;
  url.password = encodeURIComponent(password);
  return [url.href, ...others].join(',');
};
