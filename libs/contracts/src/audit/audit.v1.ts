import { z } from 'zod';
import { actorSchema } from '../auth/access.ts';
import { idSchema } from '../ids.ts';

/** Everything that the audit log knows, as `<what it was done to>.<what was done>`. */
export const AUDIT_ACTIONS = [
  'team.created',
  'team.renamed',
  'team.deletion_started',
  'team.deleted',
  'team.exported',
  'invite.created',
  'invite.revoked',
  'member.joined',
  'member.left',
  'member.removed',
  'member.role_changed',
  'profile.created',
  'profile.changed',
  'profile.deleted',
  'profile.resealed',
  'token.created',
  'token.revoked',
  'user.password_changed',
  'user.logged_out_everywhere',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/**
 * Who did what to which thing of a team, from where, by which request. Holds no secret. `id` is the entry's own: the
 * same one may be published twice, and with outcome `unknown` before `done`; `done` is then what counts.
 */
export const auditEntrySchema = z.object({
  v: z.literal(1),
  id: idSchema,
  at: z.iso.datetime(),
  teamId: idSchema,
  action: z.enum(AUDIT_ACTIONS),
  /** `operator` is somebody at the command line. */
  actor: z.union([actorSchema.omit({ teamId: true }), z.literal('operator')]),
  target: z.object({ kind: z.enum(['team', 'invite', 'member', 'profile', 'token', 'user']), id: idSchema }),
  requestId: z.string(),
  /**
   * Plain facts of the change, such as the names of the fields or the new role; never a value that is secret. A member's
   * e-mail address stands here, since nobody could tell by the id who it was that left; owners, who alone read the log,
   * see it in the list of members before.
   */
  details: z.record(z.string(), z.union([z.string().max(512), z.number(), z.boolean(), z.null()])).optional(),
  /** `unknown`: auth ended between the entry and the change, so that the change may not have happened. */
  outcome: z.enum(['done', 'unknown']),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;
