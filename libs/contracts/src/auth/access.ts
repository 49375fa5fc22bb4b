import { z } from 'zod';
import { idSchema } from '../ids.ts';

export const ROLES = ['owner', 'member'] as const;
export const roleSchema = z.enum(ROLES);
export type Role = z.infer<typeof roleSchema>;

/** What an API token may be made for. */
export const SCOPES = ['jobs:write', 'jobs:read', 'profiles:read', 'profiles:write'] as const;
export const scopeSchema = z.enum(SCOPES);
export type Scope = z.infer<typeof scopeSchema>;

/**
 * What a route asks of its caller. `open` needs no token. `scope` is what an API token must name, `any` takes every
 * API token, and without it the route is for sessions alone; `role` is what the user of a session must be.
 */
export type RouteAccess = 'open' | { readonly scope?: Scope | 'any'; readonly role?: 'owner' };

/**
 * On whose behalf a service is asked to change something: who, in which team, with which API token (none: a session),
 * and from which network address the request came. Services check rights again; the audit log repeats it.
 */
export const actorSchema = z.object({
  userId: idSchema,
  teamId: idSchema,
  tokenId: idSchema.optional(),
  address: z.string().max(64),
});
export type Actor = z.infer<typeof actorSchema>;
