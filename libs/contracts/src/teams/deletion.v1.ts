import { z } from 'zod';
import { actorSchema } from '../auth/access.ts';
import { endpoint } from '../endpoint.ts';
import { idSchema } from '../ids.ts';

/** Body of `DELETE /api/teams/:id`: the team's name, so that nobody deletes one by a slip. */
export const deleteTeamBodySchema = z.strictObject({ name: z.string().max(200) });

const count = z.int().nonnegative();
const removedJobsSchema = z.object({
  jobs: count,
  /** In the streams of jobs, timers and deltas. */
  messages: count,
  /** Large inputs and results. */
  objects: count,
});

/** What was removed of a team. A count may be short where auth or jobs was killed meanwhile, never too high. */
export const removedSchema = z.object({
  memberships: count,
  invites: count,
  profiles: count,
  tokens: count,
  sessions: count,
  ...removedJobsSchema.shape,
});
export type Removed = z.infer<typeof removedSchema>;

/** `deleting`: nobody can use the team any more, and what is left of it is being removed. */
export const teamDeletionSchema = z.object({
  teamId: idSchema,
  status: z.enum(['deleted', 'deleting']),
  removed: removedSchema,
});
export type TeamDeletion = z.infer<typeof teamDeletionSchema>;

/**
 * Answers within 26 s, and goes on by itself after that. Errors: not_found (the actor is no member), forbidden (no
 * owner, or an API token), validation_failed (`name` is not the team's).
 */
export const deleteTeam = endpoint(
  'auth.teams.delete',
  z.object({ actor: actorSchema, teamId: idSchema, body: deleteTeamBodySchema }),
  teamDeletionSchema,
);

/**
 * Cancels a team's unfinished jobs and removes some seconds' worth of what jobs holds of it; to be asked again until
 * it is `done`. `removed` counts what this call removed. Errors: unavailable.
 */
export const deleteTeamJobs = endpoint(
  'jobs-api.delete-team',
  z.object({ teamId: idSchema }),
  z.object({ done: z.boolean(), removed: removedJobsSchema }),
  { callers: ['auth'] },
);
export type RemovedJobs = z.infer<typeof removedJobsSchema>;
