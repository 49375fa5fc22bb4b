import { z } from 'zod';
import { actorSchema, roleSchema } from '../auth/access.ts';
import { sessionSchema, teamSchema } from '../auth/api.v1.ts';
import { endpoint } from '../endpoint.ts';
import { idSchema } from '../ids.ts';
import { pageOf, pageQuerySchema } from '../page.ts';

/**
 * Teams that one user may own when they found another: limits count by team, so that without a bound whoever founds
 * teams would multiply theirs.
 */
export const MAX_OWNED_TEAMS = 50;

/** Body of `POST /api/teams` and of `PATCH /api/teams/:id`. */
export const teamBodySchema = z.strictObject({ name: z.string().trim().min(1).max(100) });
export const memberBodySchema = z.strictObject({ role: roleSchema });

/** An invite lives three days unless told otherwise, and 30 days at most. */
const INVITE_HOURS = { usual: 72, most: 30 * 24 } as const;
export const inviteBodySchema = z.strictObject({
  /** Whoever accepts must have this address; anybody who holds the code when left out. */
  email: z.email().max(254).optional(),
  role: roleSchema.default('member'),
  expiresInHours: z.int().min(1).max(INVITE_HOURS.most).default(INVITE_HOURS.usual),
});
/** 256 random bits behind `slinv_`, by which logs know it and take it out. */
export const inviteCodeSchema = z.string().regex(/^slinv_[A-Za-z0-9_-]{43}$/);
/** What cannot be a code is answered as one that is unknown. */
export const acceptBodySchema = z.strictObject({ code: z.string().min(1).max(512) });
const refreshToken = z.string().min(1).max(512).optional();
/** `refreshToken` names a session that ends by it, beside that of the access token. */
export const switchBodySchema = z.strictObject({ refreshToken }).optional();

/** A team as one of its members sees it. */
export const ownTeamSchema = teamSchema.extend({ role: roleSchema });
export type OwnTeam = z.infer<typeof ownTeamSchema>;

export const memberSchema = z.object({
  userId: idSchema,
  email: z.string(),
  role: roleSchema,
  joinedAt: z.iso.datetime(),
});
export type Member = z.infer<typeof memberSchema>;

/** An invite that is still open. Its code is not among what is kept. */
export const inviteSchema = z.object({
  id: idSchema,
  email: z.string().nullable(),
  role: roleSchema,
  createdBy: idSchema,
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
});
export type Invite = z.infer<typeof inviteSchema>;
export const newInviteSchema = inviteSchema.extend({ code: inviteCodeSchema });

export const ownTeamsSchema = pageOf(ownTeamSchema);
export const memberPageSchema = pageOf(memberSchema);
export const invitePageSchema = pageOf(inviteSchema);

const inTeam = z.object({ actor: actorSchema, teamId: idSchema });
const ofMember = inTeam.extend({ userId: idSchema });

// Errors of all that name a team: not_found (the actor is not a member), forbidden (an owner is asked for).

/** The teams of the user, in the order of joining. Errors: validation_failed (the cursor). */
export const listTeams = endpoint(
  'auth.teams.list',
  z.object({ userId: idSchema, query: pageQuerySchema }),
  ownTeamsSchema,
);
export const createTeam = endpoint(
  'auth.teams.create',
  z.object({ actor: actorSchema, body: teamBodySchema }),
  ownTeamSchema,
);
export const renameTeam = endpoint(
  'auth.teams.rename',
  inTeam.extend({ body: teamBodySchema }),
  ownTeamSchema,
);
/**
 * A session in another team. `sessionId` is the one that asks (an access token's `sid`): its refresh tokens are refused
 * from then on, and so are those of `refreshToken`'s session.
 */
export const switchTeam = endpoint(
  'auth.teams.switch',
  inTeam.extend({ refreshToken, sessionId: idSchema.optional() }),
  sessionSchema,
  { secret: true },
);

/** In the order in which they joined. */
export const listMembers = endpoint(
  'auth.members.list',
  inTeam.extend({ query: pageQuerySchema }),
  memberPageSchema,
);
/** Errors: conflict (the last owner). The member's access tokens in that team are refused from now on. */
export const changeMemberRole = endpoint(
  'auth.members.change',
  ofMember.extend({ body: memberBodySchema }),
  memberSchema,
);
/** By an owner, or by the member. Errors: conflict (the last owner). Their sessions in that team end. */
export const removeMember = endpoint('auth.members.remove', ofMember, z.object({}));

/** Errors: conflict (too many are open). */
export const createInvite = endpoint(
  'auth.invites.create',
  inTeam.extend({ body: inviteBodySchema }),
  newInviteSchema,
  { secret: true },
);
/** Newest first. */
export const listInvites = endpoint(
  'auth.invites.list',
  inTeam.extend({ query: pageQuerySchema }),
  invitePageSchema,
);
export const revokeInvite = endpoint(
  'auth.invites.revoke',
  inTeam.extend({ inviteId: idSchema }),
  z.object({}),
);
/**
 * Errors: not_found, in the same words for a code that never was, is used, revoked or out of time, or is another's;
 * conflict (a member already; the code stays good).
 */
export const acceptInvite = endpoint(
  'auth.invites.accept',
  z.object({ actor: actorSchema, code: z.string().max(512) }),
  ownTeamSchema,
  { secret: true },
);
