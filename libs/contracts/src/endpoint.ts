import { z } from 'zod';
import { type ErrorCode, JOB_ERROR_RETRYABLE, REQUEST_ERROR_CODES } from './errors.ts';

/**
 * A request/reply contract: who asks publishes `request` to `subject` and gets `reply`, or an error.
 * Both sides parse both.
 */
export type Endpoint<Request extends z.ZodType = z.ZodType, Reply extends z.ZodType = z.ZodType> = {
  readonly subject: string;
  readonly request: Request;
  readonly reply: Reply;
};

export function endpoint<Request extends z.ZodType, Reply extends z.ZodType>(
  subject: string,
  request: Request,
  reply: Reply,
): Endpoint<Request, Reply> {
  return { subject, request, reply };
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
