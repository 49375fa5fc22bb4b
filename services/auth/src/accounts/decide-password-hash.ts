/** OWASP's password storage cheat sheet for argon2id: 19 MiB, two passes, one thread. Stored hashes follow a change. */
export const ARGON2ID = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/**
 * How a stored hash is checked. `bcrypt` came with an imported user; its cost is the logarithm of its rounds.
 * `unusable` is a form that nobody can log in by.
 */
export type PasswordHashKind =
  | { readonly kind: 'argon2'; readonly weak: boolean }
  | { readonly kind: 'bcrypt'; readonly cost: number }
  | { readonly kind: 'unusable' };

const ARGON2 = /^\$argon2(id|i|d)\$(?:v=(\d+)\$)?m=(\d+),t=(\d+),p=(\d+)\$/;
/** A cost of 15 takes 1.5 s here, and twice that for each step more: a caller would have given up before the answer. */
const BCRYPT = /^\$2[aby]\$(0[4-9]|1[0-5])\$[./A-Za-z0-9]{53}$/;

export function decidePasswordHash(passwordHash: string): PasswordHashKind {
  const bcrypt = BCRYPT.exec(passwordHash);
  if (bcrypt) return { kind: 'bcrypt', cost: Number(bcrypt[1]) };
  const argon2 = ARGON2.exec(passwordHash);
  if (!argon2) return { kind: 'unusable' };
  const [, variant, version, memory, time] = argon2;
  const current = variant === 'id' && version === '19';
  const weak = !current || Number(memory) < ARGON2ID.memoryCost || Number(time) < ARGON2ID.timeCost;
  return { kind: 'argon2', weak };
}

/** Bcrypt reads no more of a password. */
const BCRYPT_BYTES = 72;

/**
 * Whether a password that was right may replace its stored hash by one of today's kind. Not when bcrypt has read only
 * its beginning: nobody knows then whether the rest was typed right, and the new hash would insist on it.
 */
export function decideRehash(stored: PasswordHashKind, passwordBytes: number): boolean {
  if (stored.kind === 'bcrypt') return passwordBytes <= BCRYPT_BYTES;
  return stored.kind === 'argon2' && stored.weak;
}
