import { z } from 'zod';
import { costSchema, usageSchema } from '../chat/chat.v1.ts';
import { JOB_ERROR_RETRYABLE, type JobErrorCode } from '../errors.ts';
import { gatewayIdSchema, idSchema, requestIdSchema, traceIdSchema } from '../ids.ts';
import { PRIORITIES } from '../subjects.ts';
import { JOB_INPUTS, type JobKind } from './kinds.v1.ts';
import { jobResultSchema } from './result.v1.ts';

const at = z.iso.datetime();
const milliseconds = z.number().nonnegative();

/** Where a large body is: an object of the payloads bucket, with what it must weigh and hash to. */
export const objectRefSchema = z.object({
  object: z.string(),
  size: z.int().nonnegative(),
  sha256: z.string(),
});
export type ObjectRef = z.infer<typeof objectRefSchema>;

/**
 * One delivery of a job to a runner: the stream sequence delivered, and how often it was delivered.
 * Orders attempts without a counter; the number that people see is counted from the stream.
 */
export const attemptSchema = z.object({ sequence: z.int().positive(), delivery: z.int().positive() });
export type Attempt = z.infer<typeof attemptSchema>;

const jobErrorCodes = Object.keys(JOB_ERROR_RETRYABLE) as [JobErrorCode, ...JobErrorCode[]];

export const jobErrorSchema = z.object({
  code: z.enum(jobErrorCodes),
  message: z.string(),
  retryable: z.boolean(),
  provider: z
    .object({ status: z.int().nullable(), code: z.string().nullable(), message: z.string().nullable() })
    .optional(),
  /** What the model said where it cannot be used (`output_invalid`): its first 64 KB. */
  text: z.string().optional(),
  /** What is wrong with it, at most 20 faults; `path` is dotted. */
  details: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type JobError = z.infer<typeof jobErrorSchema>;

const commandFields = {
  v: z.literal(1),
  jobId: idSchema,
  teamId: idSchema,
  userId: idSchema,
  priority: z.enum(PRIORITIES),
  aiProfileId: idSchema,
  /** Asked for instead of the profile's own model; of that profile alone, not of its fallbacks. */
  model: z.string().min(1).max(200).optional(),
  requestId: requestIdSchema,
  traceId: traceIdSchema,
  gatewayId: gatewayIdSchema,
  at,
  deadlineAt: at.nullable(),
  maxAttempts: z.int().min(1),
  /** Whether the runner streams from the provider. */
  stream: z.boolean(),
  metadata: z.record(z.string(), z.string()).optional(),
  /** The job that this one repeats. */
  retryOf: idSchema.optional(),
  /** SHA-256 of route and body, to tell a repeated request from another one under the same key. */
  fingerprint: z.string().optional(),
  inputRef: objectRefSchema.optional(),
};
const commandOf = <Kind extends string, Input extends z.ZodType>(kind: Kind, input: Input) =>
  z.object({ ...commandFields, kind: z.literal(kind), input: z.optional(input) });

/**
 * The command: everything a runner needs. `requested`, `ready` and `due` all carry it whole.
 * `input` or `inputRef`, never both; `kind` says what the input is.
 */
export const commandSchema = z.discriminatedUnion('kind', [
  commandOf('chat', JOB_INPUTS.chat),
  commandOf('structured', JOB_INPUTS.structured),
  commandOf('image', JOB_INPUTS.image),
  commandOf('embedding', JOB_INPUTS.embedding),
]);
export type Command = z.infer<typeof commandSchema>;
export type CommandOf<Kind extends JobKind> = Extract<Command, { kind: Kind }>;

export const STARTED_REASONS = ['lease_lost', 'handed_back', 'retry', 'fallback'] as const;

/** An attempt began. `reason` is absent on a job's first attempt. */
export const startedSchema = z.object({
  v: z.literal(1),
  attempt: attemptSchema,
  number: z.int().positive(),
  /** Which try of the job's own profile and its fallbacks together this is part of; `maxAttempts` bounds it. */
  round: z.int().positive().optional(),
  reason: z.enum(STARTED_REASONS).optional(),
  /** The profile of this attempt: the job's own, or one of its fallbacks. */
  aiProfileId: idSchema,
  /** What the profile says; left out where it cannot be read. */
  provider: z.string().optional(),
  model: z.string().optional(),
  runnerId: z.string(),
  at,
  /** From being runnable to being taken. */
  queueMs: milliseconds,
});
export type Started = z.infer<typeof startedSchema>;

/** What an attempt came to beside its outcome; each is left out where nothing is known of it. */
const spent = {
  firstTokenMs: milliseconds.nullable().optional(),
  usage: usageSchema.nullable().optional(),
  cost: costSchema.nullable().optional(),
};

/** The attempt that follows, and what it must know of those before it in its round. */
const nextAttemptSchema = z.object({
  round: z.int().positive(),
  /** There when a fallback is next, in the same round and at once. */
  fallback: z
    .object({
      aiProfileId: idSchema,
      /** The error that the round ends with where nothing after it says more. */
      error: jobErrorSchema,
      /** Whether anything that failed in this round may pass. */
      mayPass: z.boolean(),
      /** Until when the providers of this round asked to be left alone. */
      notBefore: at.optional(),
    })
    .optional(),
});
export type NextAttempt = z.infer<typeof nextAttemptSchema>;

/** An attempt failed; the next one is due at `nextAttemptAt`. */
export const retryingSchema = z.object({
  v: z.literal(1),
  attempt: attemptSchema,
  number: z.int().positive(),
  error: jobErrorSchema,
  nextAttemptAt: at,
  next: nextAttemptSchema.optional(),
  ...spent,
  at,
});
export type Retrying = z.infer<typeof retryingSchema>;

/** A job waits, without an attempt, because its provider has failed too often of late: the circuit breaker is open. */
export const parkedSchema = z.object({ v: z.literal(1), until: at, at });
export type Parked = z.infer<typeof parkedSchema>;

/** A runner that shuts down gave the job back unfinished: this attempt does not count. */
export const releasedSchema = z.object({
  v: z.literal(1),
  attempt: attemptSchema,
  number: z.int().positive(),
  at,
});
export type Released = z.infer<typeof releasedSchema>;

export const TERMINAL_STATUSES = ['completed', 'failed', 'cancelled', 'expired'] as const;

/**
 * The one end of a job. `run` is absent when no runner had it; `lastIndex` is -1 without deltas. `deleted` is the
 * tombstone that replaces the end of a job that was deleted: for readers there is no such job any more.
 */
export const finishedSchema = z.object({
  v: z.literal(1),
  jobId: idSchema,
  status: z.enum([...TERMINAL_STATUSES, 'deleted']),
  at,
  run: startedSchema
    .omit({ v: true })
    .extend({ ...spent, firstTokenMs: milliseconds.nullable() })
    .optional(),
  lastIndex: z.int().min(-1),
  result: jobResultSchema.optional(),
  resultRef: objectRefSchema.optional(),
  error: jobErrorSchema.optional(),
});
export type Finished = z.infer<typeof finishedSchema>;

/** An event as it is read back: its place in the stream, and its body without the command's input. */
export const jobEventSchema = z.discriminatedUnion('type', [
  z.object({ sequence: z.int(), type: z.literal('requested'), data: commandSchema }),
  z.object({ sequence: z.int(), type: z.literal('ready'), data: commandSchema }),
  z.object({ sequence: z.int(), type: z.literal('due'), data: commandSchema }),
  z.object({ sequence: z.int(), type: z.literal('started'), data: startedSchema }),
  z.object({ sequence: z.int(), type: z.literal('retrying'), data: retryingSchema }),
  z.object({ sequence: z.int(), type: z.literal('parked'), data: parkedSchema }),
  z.object({ sequence: z.int(), type: z.literal('released'), data: releasedSchema }),
  z.object({ sequence: z.int(), type: z.literal('finished'), data: finishedSchema }),
]);
export type JobEvent = z.infer<typeof jobEventSchema>;
