import { z } from 'zod';
import { type ErrorCode, JOB_ERROR_RETRYABLE, REQUEST_ERROR_CODES } from './errors.ts';

/** Who may ask an endpoint; the NATS permissions of each follow from it. `operator` is the command line. */
export const CALLERS = ['gateway', 'auth', 'jobs', 'provider-runner', 'operator'] as const;
export type Caller = (typeof CALLERS)[number];

/**
 * A request/reply contract: who asks publishes `request` to `subject` and gets `reply`, or an error.
 * Both sides parse both.
 */
export type Endpoint<Request extends z.ZodType = z.ZodType, Reply extends z.ZodType = z.ZodType> = {
  readonly subject: string;
  readonly request: Request;
  readonly reply: Reply;
  readonly callers: readonly Caller[];
  /** Request or reply holds a password, a token or a key: both travel encrypted, readable by the two ends alone. */
  readonly secret: boolean;
};

export function endpoint<Request extends z.ZodType, Reply extends z.ZodType>(
  subject: string,
  request: Request,
  reply: Reply,
  { callers = ['gateway'], secret = false }: { callers?: readonly Caller[]; secret?: boolean } = {},
): Endpoint<Request, Reply> {
  return { subject, request, reply, callers, secret };
}

const errorCodes = [...REQUEST_ERROR_CODES, ...Object.keys(JOB_ERROR_RETRYABLE)] as [
  ErrorCode,
  ...ErrorCode[],
];

/** What travels back instead of a reply, marked by the header `X-Error: 1`. */
export const replyErrorSchema = z.object({
  code: z.enum(errorCodes),
  message: z.string(),
  retryable: z.boolean(),
  details: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  retryAfterMs: z.number().optional(),
});
export type ReplyError = z.infer<typeof replyErrorSchema>;
