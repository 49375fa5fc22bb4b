import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { idSchema } from '../ids.ts';
import { actorSchema, roleSchema } from './access.ts';

const email = z.email().max(254);
/** Argon2id reads it whole; the upper bound keeps a request from costing more than a login should. */
const password = z.string().min(8).max(256);

export const registerBodySchema = z.strictObject({
  email,
  password,
  teamName: z.string().trim().min(1).max(100).optional(),
});
export const loginBodySchema = z.strictObject({ email, password: z.string().min(1).max(256) });
const refreshToken = z.string().min(1).max(512);
/** Machines send the token here; browsers have it in a cookie, and then the body may be missing. */
export const refreshBodySchema = z.strictObject({ refreshToken: refreshToken.optional() }).optional();
export const changePasswordBodySchema = z.strictObject({
  currentPassword: loginBodySchema.shape.password,
  newPassword: password,
});

export const userSchema = z.object({ id: idSchema, email: z.string(), createdAt: z.iso.datetime() });
export const teamSchema = z.object({ id: idSchema, name: z.string(), createdAt: z.iso.datetime() });

/** `expiresIn` is the access token's life in seconds. */
export const sessionSchema = z.object({
  accessToken: z.string(),
  expiresIn: z.int(),
  refreshToken: z.string(),
  user: userSchema,
  team: teamSchema,
});
export type Session = z.infer<typeof sessionSchema>;

/**
 * Claims of an access token (EdDSA, `kid` names a key of the JWKS). `sub` is the user. `iatMs` is when it was issued, in
 * milliseconds: `iat` has whole seconds, too coarse to tell it from a revocation of the same second. `sid` is the session
 * (a login and all that was refreshed from it); tokens that were issued before there was one lack it.
 */
export const accessClaimsSchema = z.object({
  sub: idSchema,
  team: idSchema,
  role: roleSchema,
  iss: z.literal('sluice'),
  iat: z.number(),
  iatMs: z.int(),
  exp: z.number(),
  sid: idSchema.optional(),
});
export type AccessClaims = z.infer<typeof accessClaimsSchema>;

export const identitySchema = z.object({
  user: userSchema,
  team: teamSchema,
  role: roleSchema,
  scopes: z.array(z.string()),
});

export const jwksSchema = z.object({
  keys: z.array(
    z.object({
      kty: z.literal('OKP'),
      crv: z.literal('Ed25519'),
      x: z.string(),
      kid: z.string(),
      alg: z.literal('EdDSA'),
      use: z.literal('sig'),
    }),
  ),
});
export type Jwks = z.infer<typeof jwksSchema>;

/** The keys that one replica of auth signs with or still answers for, as authEventSubjects.jwks tells them. */
export const keysAnnouncedSchema = z.object({ v: z.literal(1), keys: jwksSchema.shape.keys });

/** The network address that a request came from: attempts are limited by it. */
const from = { address: actorSchema.shape.address.optional() };

/** Errors: conflict (the address is taken), rate_limited. */
export const registerUser = endpoint('auth.register', registerBodySchema.extend(from), sessionSchema, {
  secret: true,
});
/** Errors: unauthenticated, the same for an unknown address and a wrong password; rate_limited. */
export const logIn = endpoint('auth.login', loginBodySchema.extend(from), sessionSchema, { secret: true });
/**
 * A refresh token serves once; its reuse ends every session that came of it. Errors: unauthenticated, rate_limited.
 */
export const refreshSession = endpoint(
  'auth.refresh',
  z.strictObject({ refreshToken, ...from }),
  sessionSchema,
  { secret: true },
);
/** The session that an access token names by its `sub` and `sid`. */
const namedSessionSchema = z.strictObject({ userId: idSchema, sessionId: idSchema });
/**
 * Ends a session, named by a refresh token, by a verified access token, or both: its refresh tokens and its access
 * tokens are refused from now on. What names no session that is still alive changes nothing.
 */
export const logOut = endpoint(
  'auth.logout',
  z.strictObject({ refreshToken: refreshToken.optional(), session: namedSessionSchema.optional() }),
  z.object({}),
  { secret: true },
);
/** Ends every session of the user, in all teams and with its access tokens. Errors: unauthenticated. */
export const logOutEverywhere = endpoint(
  'auth.logout-all',
  z.strictObject({ actor: actorSchema }),
  z.object({}),
);
/**
 * Replaces the password, ends every session of the user, and starts a new one. Errors: forbidden (not the current
 * password), unauthenticated (the user is gone), conflict (changed by somebody else meanwhile), rate_limited.
 */
export const changePassword = endpoint(
  'auth.password',
  changePasswordBodySchema.extend({ actor: actorSchema }),
  sessionSchema,
  { secret: true },
);
/** Errors: unauthenticated (the user or the membership is gone). */
export const getIdentity = endpoint(
  'auth.identity',
  z.object({ userId: idSchema, teamId: idSchema }),
  identitySchema,
);
export const getJwks = endpoint('auth.jwks', z.object({}), jwksSchema);
