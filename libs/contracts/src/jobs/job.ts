import { z } from 'zod';
import { idSchema } from '../ids.ts';
import { PRIORITIES } from '../subjects.ts';
import { jobErrorSchema, TERMINAL_STATUSES } from './events.v1.ts';
import { JOB_KINDS } from './kinds.v1.ts';
import { jobResultSchema } from './result.v1.ts';

export const JOB_STATUSES = ['queued', 'running', 'waiting', ...TERMINAL_STATUSES] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

const time = z.iso.datetime();

export const jobAttemptSchema = z.object({
  number: z.int(),
  aiProfileId: idSchema,
  runnerId: z.string(),
  startedAt: time,
  finishedAt: time.nullable(),
  queueMs: z.number(),
  firstTokenMs: z.number().nullable(),
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
  result: jobResultSchema.nullable(),
  error: jobErrorSchema.nullable(),
});
export type Job = z.infer<typeof jobSchema>;
export type JobAttempt = z.infer<typeof jobAttemptSchema>;
