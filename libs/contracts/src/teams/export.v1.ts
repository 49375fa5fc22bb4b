import { z } from 'zod';
import { apiTokenSchema } from '../auth/api-tokens.v1.ts';
import { endpoint } from '../endpoint.ts';
import { idSchema } from '../ids.ts';
import { objectRefSchema } from '../jobs/events.v1.ts';
import { jobSchema } from '../jobs/job.ts';
import { profileSchema } from '../profiles/api.v1.ts';
import { inviteSchema, memberSchema } from './api.v1.ts';

/** What auth holds of a team, part by part. No schema here has a key, a hash or a code. */
export const TEAM_PARTS = ['team', 'members', 'invites', 'profiles', 'tokens'] as const;
export const exportedTeamSchema = z.object({
  id: idSchema,
  name: z.string(),
  createdAt: z.iso.datetime(),
});
const recordSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('team'), data: exportedTeamSchema }),
  z.object({ type: z.literal('member'), data: memberSchema }),
  z.object({ type: z.literal('invite'), data: inviteSchema }),
  z.object({ type: z.literal('profile'), data: profileSchema }),
  z.object({ type: z.literal('token'), data: apiTokenSchema }),
]);
export type TeamRecord = z.infer<typeof recordSchema>;

/** One page of one part; asking for `team` is what the audit log remembers. Errors: not_found, validation_failed. */
export const exportTeam = endpoint(
  'auth.teams.export',
  z.object({ teamId: idSchema, part: z.enum(TEAM_PARTS), cursor: z.string().max(256).optional() }),
  z.object({ records: z.array(recordSchema), nextCursor: z.string().nullable() }),
  { callers: ['operator'] },
);

/** A job with its input; by reference what was stored so. */
export const exportedJobSchema = z.object({
  job: jobSchema,
  input: z.unknown().optional(),
  inputRef: objectRefSchema.optional(),
  resultRef: objectRefSchema.optional(),
});

/** A page of a team's jobs, newest first, from the index. Errors: validation_failed (cursor), unavailable. */
export const exportJobs = endpoint(
  'jobs-api.export',
  z.object({ teamId: idSchema, cursor: z.string().max(256).optional() }),
  z.object({ items: z.array(exportedJobSchema), nextCursor: z.string().nullable() }),
  { callers: ['operator'] },
);
