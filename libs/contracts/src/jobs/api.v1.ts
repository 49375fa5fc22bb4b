import { z } from 'zod';
import { jobBodySettings } from '../chat/chat.v1.ts';
import { endpoint } from '../endpoint.ts';
import { idSchema } from '../ids.ts';
import { jobEventSchema, objectRefSchema } from './events.v1.ts';
import { JOB_STATUSES, jobSchema } from './job.ts';
import { JOB_BODY_INPUTS, JOB_KINDS } from './kinds.v1.ts';

const jobOfTeam = z.object({ teamId: idSchema, jobId: idSchema });

/** One job; `resultRef` where its result is too large for a message. Errors: not_found. */
export const getJob = endpoint(
  'jobs-api.get',
  jobOfTeam,
  z.object({ job: jobSchema, resultRef: objectRefSchema.optional() }),
);

/**
 * Ends a job that has no end yet as cancelled, wherever it is; whoever calls a provider for it stops. Returns it as it is
 * then. Errors: not_found, conflict (it has ended; `status` of the details says how), unavailable.
 */
export const cancelJob = endpoint('jobs-api.cancel', jobOfTeam, getJob.reply);

const bodyOf = <Kind extends string, Input extends z.ZodType>(kind: Kind, input: Input) =>
  z.strictObject({
    kind: z.literal(kind),
    input,
    ...jobBodySettings,
    priority: z.literal('interactive', 'must be interactive: batch work is not taken yet').optional(),
  });

/** Body of `POST /api/jobs`: `kind` says what `input` is. */
export const jobBodySchema = z.discriminatedUnion('kind', [
  bodyOf('chat', JOB_BODY_INPUTS.chat),
  bodyOf('structured', JOB_BODY_INPUTS.structured),
  bodyOf('image', JOB_BODY_INPUTS.image),
  bodyOf('embedding', JOB_BODY_INPUTS.embedding),
]);
export type JobBody = z.infer<typeof jobBodySchema>;

/** Query of `GET /api/jobs`. */
export const jobsQuerySchema = z.strictObject({
  status: z.enum(JOB_STATUSES).optional(),
  kind: z.enum(JOB_KINDS).optional(),
  profile: idSchema.optional(),
  requestId: z.string().max(128).optional(),
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional(),
  cursor: z.string().max(256).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/**
 * A team's jobs, newest first. `from` is included, `to` is not. A page may hold fewer than `limit` jobs where they
 * would not fit one message: `nextCursor` alone says whether more follow. A result stored by reference is left null.
 * A job accepted a moment ago may not be in the list yet; `jobs-api.get` finds it. Errors: validation_failed (cursor).
 */
export const listJobs = endpoint(
  'jobs-api.list',
  z.object({ teamId: idSchema, query: jobsQuerySchema }),
  z.object({ items: z.array(jobSchema), nextCursor: z.string().nullable() }),
);

/** Everything that happened to a job, in order, without the command's input. Errors: not_found. */
export const getJobHistory = endpoint(
  'jobs-api.history',
  jobOfTeam,
  z.object({ events: z.array(jobEventSchema) }),
);
