import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { idSchema } from '../ids.ts';
import { pageOf, pageQuerySchema } from '../page.ts';
import { actorSchema, scopeSchema } from './access.ts';

/** Body of `POST /api/tokens`. Without `expiresAt` a token lives 90 days; 366 days at most. */
export const apiTokenBodySchema = z.strictObject({
  name: z.string().trim().min(1).max(100),
  scopes: z
    .array(scopeSchema)
    .min(1)
    .refine((scopes) => new Set(scopes).size === scopes.length, 'must not name a scope twice'),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
});
export type ApiTokenBody = z.infer<typeof apiTokenBodySchema>;

/** An API token as it is listed: neither its secret nor the hash of it. `lastUsedAt` is true to the minute. */
export const apiTokenSchema = z.object({
  id: idSchema,
  name: z.string(),
  scopes: z.array(scopeSchema),
  expiresAt: z.iso.datetime(),
  createdAt: z.iso.datetime(),
  createdBy: idSchema,
  lastUsedAt: z.iso.datetime().nullable(),
});
export type ApiToken = z.infer<typeof apiTokenSchema>;

/** `token` is `slc_<id>_<secret>`: the only time that it is seen. */
export const createdApiTokenSchema = apiTokenSchema.extend({ token: z.string() });

/** Errors: forbidden (no owner of the team, or an API token), validation_failed (its end). */
export const createApiToken = endpoint(
  'auth.tokens.create',
  z.object({ actor: actorSchema, body: apiTokenBodySchema }),
  createdApiTokenSchema,
  { secret: true },
);
/** A team's API tokens, newest first, expired ones too. Errors: forbidden, validation_failed (the cursor). */
export const listApiTokens = endpoint(
  'auth.tokens.list',
  z.object({ actor: actorSchema, query: pageQuerySchema }),
  pageOf(apiTokenSchema),
);
/** Gateways have been told when it is answered. Errors: forbidden, not_found (also for another team's). */
export const revokeApiToken = endpoint(
  'auth.tokens.revoke',
  z.object({ actor: actorSchema, tokenId: idSchema }),
  z.object({}),
);

/** `secretHash` is the SHA-256 of the token's secret in base64url; who reads it on its way cannot use it as a token. */
const verifyApiTokenRequestSchema = z.object({
  tokenId: idSchema,
  secretHash: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
});
/** Who an API token speaks for. Errors: unauthenticated (unknown, wrong, expired, or its maker owns the team no more). */
export const verifyApiToken = endpoint(
  'auth.tokens.verify',
  verifyApiTokenRequestSchema,
  z.object({
    tokenId: idSchema,
    userId: idSchema,
    teamId: idSchema,
    scopes: z.array(scopeSchema),
    expiresAt: z.iso.datetime(),
  }),
);
