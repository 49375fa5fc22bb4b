import { z } from 'zod';
import { costSchema, usageSchema } from '../chat/chat.v1.ts';
import { idSchema } from '../ids.ts';
import { PRIORITIES } from '../subjects.ts';
import { jobErrorSchema, TERMINAL_STATUSES } from './events.v1.ts';
import { JOB_KINDS } from './kinds.v1.ts';
import { jobResultSchema } from './result.v1.ts';

export const JOB_STATUSES = ['queued', 'running', 'waiting', ...TERMINAL_STATUSES] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

const time = z.iso.datetime();

/** `lost`: its runner died or lost sight of the stream. `handed_back`: its runner shut down; it does not count. */
const ATTEMPT_STATUSES = ['running', 'lost', 'handed_back', ...TERMINAL_STATUSES] as const;

/** A failed attempt that used tokens has a cost too; null where it is not known. */
export const jobAttemptSchema = z.object({
  number: z.int(),
  status: z.enum(ATTEMPT_STATUSES),
  /** The job's own profile, or the fallback that was tried. */
  aiProfileId: idSchema,
  provider: z.string().nullable(),
  model: z.string().nullable(),
  runnerId: z.string(),
  startedAt: time,
  finishedAt: time.nullable(),
  queueMs: z.number(),
  firstTokenMs: z.number().nullable(),
  usage: usageSchema.nullable(),
  cost: costSchema.nullable(),
  error: jobErrorSchema.nullable(),
});

/** A job as HTTP clients see it. `result` or `error`, never both. */
export const jobSchema = z.object({
  id: idSchema,
  kind: z.enum(JOB_KINDS),
  status: z.enum(JOB_STATUSES),
  priority: z.enum(PRIORITIES),
  aiProfileId: idSchema,
  requestId: z.string(),
  traceId: z.string(),
  attempt: z.int(),
  maxAttempts: z.int(),
  createdAt: time,
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  deadlineAt: time.nullable(),
  nextAttemptAt: time.nullable(),
  attempts: z.array(jobAttemptSchema),
  metadata: z.record(z.string(), z.string()).optional(),
  /** The job that this one repeats. */
  retryOf: idSchema.optional(),
  /**
   * Of a queued job that was asked for by its id: its place among the team's queued jobs of its priority, 1 the next.
   * Null above 1,000, and while it cannot be told.
   */
  position: z.int().positive().nullable().optional(),
  result: jobResultSchema.nullable(),
  error: jobErrorSchema.nullable(),
});
export type Job = z.infer<typeof jobSchema>;
export type JobAttempt = z.infer<typeof jobAttemptSchema>;
