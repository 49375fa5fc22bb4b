import { hash as argon2Hash, verify as argon2Verify } from '@node-rs/argon2';
import { verify as bcryptVerify } from '@node-rs/bcrypt';
import { ARGON2ID, decidePasswordHash, decideRehash } from './decide-password-hash.ts';

/** One person types the same characters in several encodings; NIST SP 800-63B asks for one of them. */
const normalized = (password: string) => password.normalize('NFKC');

/** The argon2id hash of a password, with its salt and parameters, in PHC form. */
export function hashPassword(password: string): Promise<string> {
  return argon2Hash(normalized(password), ARGON2ID);
}

/** `rehash`: the stored hash is of an older kind and should be replaced, now that the password is at hand. */
export type PasswordVerdict = { readonly right: boolean; readonly rehash: boolean };

/** What verifies a password by a hash, so that a test can count the work. */
export type PasswordVerifiers = {
  readonly argon2: (passwordHash: string, password: string) => Promise<boolean>;
  readonly bcrypt: (password: string, passwordHash: string) => Promise<boolean>;
};

/** `passwordHash` null: an unknown user. `importedHash`: any bcrypt hash that the installation still holds. */
export type PasswordCheck = (
  password: string,
  passwordHash: string | null,
  importedHash: string | null,
) => Promise<PasswordVerdict>;

/**
 * Makes the check of a password. Every check verifies an argon2id hash and, as long as any imported user has not
 * logged in, a bcrypt hash too; whichever the user does not have is nobody's. So the time taken tells neither which
 * addresses have an account nor which of them were imported. What remains: imported hashes of different costs, and
 * argon2 hashes weaker than today's, until their owners log in; and a right password of such a user takes one hash
 * more, which its session tells anyway.
 */
export async function makePasswordCheck(
  { argon2, bcrypt }: PasswordVerifiers = { argon2: argon2Verify, bcrypt: bcryptVerify },
): Promise<PasswordCheck> {
  const nobody = await hashPassword(crypto.randomUUID());
  return async (password, passwordHash, importedHash) => {
    const stored = decidePasswordHash(passwordHash ?? '');
    const isArgon2 = stored.kind === 'argon2' && passwordHash !== null;
    const isBcrypt = stored.kind === 'bcrypt' && passwordHash !== null;
    const [byArgon2, byBcrypt] = await Promise.all([
      argon2(isArgon2 ? passwordHash : nobody, normalized(password)),
      verifyBcrypt(bcrypt, password, isBcrypt ? passwordHash : importedHash),
    ]);
    const right = (isArgon2 && byArgon2) || (isBcrypt && byBcrypt);
    return { right, rehash: right && decideRehash(stored, Buffer.byteLength(password)) };
  };
}

/**
 * As it was typed: what made an imported hash knew nothing of our normal form. A password with a NUL is never right,
 * since some makers of bcrypt hashes stop reading there.
 */
async function verifyBcrypt(
  bcrypt: PasswordVerifiers['bcrypt'],
  password: string,
  passwordHash: string | null,
): Promise<boolean> {
  if (passwordHash === null || decidePasswordHash(passwordHash).kind !== 'bcrypt') return false;
  const right = await bcrypt(password, passwordHash);
  return right && !password.includes('\0');
}
