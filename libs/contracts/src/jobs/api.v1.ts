import { z } from 'zod';
import { jobBodySettings } from '../chat/chat.v1.ts';
import { endpoint } from '../endpoint.ts';
import { gatewayIdSchema, idSchema, traceIdSchema } from '../ids.ts';
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

/**
 * Removes a job and all that is kept of it; one that has no end is cancelled first. Errors: not_found (also once it is
 * removed), unavailable (call again: what was begun is finished, then or later).
 */
export const deleteJob = endpoint('jobs-api.delete', jobOfTeam, z.object({}));

/** Who asks for the new job, and by which request. */
const retriedBy = {
  teamId: idSchema,
  userId: idSchema,
  traceId: traceIdSchema,
  gatewayId: gatewayIdSchema,
};

/**
 * Makes a new job with the command of one that failed, was cancelled or expired, and returns it. `key`: the id and the
 * fingerprint that an idempotency key stands for; the second call returns the first one's job, `replayed`. Errors:
 * not_found, conflict (it has no such end, or its input is not kept any more), idempotency_conflict, unavailable,
 * queue_full.
 */
export const retryJob = endpoint(
  'jobs-api.retry',
  z.object({
    ...retriedBy,
    jobId: idSchema,
    key: z.object({ jobId: idSchema, fingerprint: z.string() }).optional(),
  }),
  getJob.reply.extend({ replayed: z.boolean() }),
);

export const RETRIED_STATUSES = ['failed', 'cancelled', 'expired'] as const;

/** Which jobs are retried, by `POST /api/jobs/retry`: failed ones unless it says otherwise. As jobsQuerySchema. */
export const retryFilterSchema = z.strictObject({
  status: z.enum(RETRIED_STATUSES).default('failed'),
  kind: z.enum(JOB_KINDS).optional(),
  profile: idSchema.optional(),
  requestId: z.string().max(128).optional(),
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional(),
});

/** `more`: not all were looked at; the same call goes on. `items`: the new jobs. */
export const retriedJobsSchema = z.object({
  count: z.int(),
  items: z.array(z.object({ id: idSchema, retryOf: idSchema })),
  more: z.boolean(),
});

/** What one call makes at most. */
export const RETRIED_AT_ONCE = 1_000;

/**
 * As retryJob for many, newest first. A job that has been retried already, by this or one by one, is passed over, so
 * the call may be repeated. So is one whose input is not kept any more. Errors: unavailable, queue_full.
 */
export const retryJobs = endpoint(
  'jobs-api.retry-many',
  z.object({ ...retriedBy, filter: retryFilterSchema }),
  retriedJobsSchema,
);

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
