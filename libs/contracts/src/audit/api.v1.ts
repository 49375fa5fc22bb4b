import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { idSchema } from '../ids.ts';
import { AUDIT_ACTIONS, auditEntrySchema } from './audit.v1.ts';

/** Query of `GET /api/audit`. `actor` is a user's or a token's id, or `operator`; `target` the id of what was changed. */
export const auditQuerySchema = z.strictObject({
  action: z.enum(AUDIT_ACTIONS).optional(),
  actor: idSchema.optional(),
  target: idSchema.optional(),
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional(),
  cursor: z.string().max(256).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** An entry as the owners of its team see it. */
export const auditItemSchema = auditEntrySchema.omit({ v: true, teamId: true });
export type AuditItem = z.infer<typeof auditItemSchema>;

/**
 * A team's audit log, newest first. `from` is included, `to` is not. An entry of a moment ago may not be there yet.
 * Who may read it is for the caller to check: jobs knows no roles. Errors: validation_failed (cursor), unavailable.
 */
export const listAudit = endpoint(
  'jobs-api.audit',
  z.object({ teamId: idSchema, query: auditQuerySchema }),
  z.object({ items: z.array(auditItemSchema), nextCursor: z.string().nullable() }),
  { callers: ['gateway', 'operator'] },
);
