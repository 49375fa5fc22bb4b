import { hash, type Options, verify } from '@node-rs/argon2';

/** OWASP's password storage cheat sheet for argon2id: 19 MiB, two passes, one thread. */
const ARGON2ID = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const satisfies Options;

/** One person types the same characters in several encodings; NIST SP 800-63B asks for one of them. */
const normalized = (password: string) => password.normalize('NFKC');

/** The argon2id hash of a password, with its salt and parameters, in PHC form. */
export function hashPassword(password: string): Promise<string> {
  return hash(normalized(password), ARGON2ID);
}

export type PasswordCheck = (password: string, passwordHash: string | null) => Promise<boolean>;

/**
 * Makes the check of a password. Without a hash (an unknown user) it does the same work and says no, so that
 * the time taken tells nobody which addresses have an account.
 */
export async function makePasswordCheck(): Promise<PasswordCheck> {
  const nobody = await hashPassword(crypto.randomUUID());
  return async (password, passwordHash) => {
    const right = await verify(passwordHash ?? nobody, normalized(password));
    return right && passwordHash !== null;
  };
}
