import { jobEventSchema, type Subjects } from '@sluice/contracts';
import { jsonOf, textOf } from '@sluice/messaging';
import type { ProjectedEvent } from './decide-projection.ts';

/** What is needed of a message of the jobs stream, read or delivered. */
export type JobMessage = { readonly subject: string; readonly sequence: number; readonly data: Uint8Array };

/**
 * The event that a message is, or why it is none, in words without the message's content. The subject says whose it
 * is; a body that names another job or team is refused.
 */
export function eventOf(subjects: Subjects, message: JobMessage): ProjectedEvent | { malformed: string } {
  const address = subjects.parse(message.subject);
  if (!address) return { malformed: 'the subject is none of a job' };
  let body: unknown;
  try {
    body = jsonOf(message.data);
  } catch {
    return { malformed: 'the body is not JSON' };
  }
  const parsed = jobEventSchema.safeParse({ sequence: message.sequence, type: address.event, data: body });
  if (!parsed.success) {
    const paths = parsed.error.issues.map(({ path }) => path.join('.'));
    return { malformed: `the body does not fit: ${paths.slice(0, 5).join(', ')}` };
  }
  const event = parsed.data;
  const { teamId, jobId } = address;
  if ('jobId' in event.data && event.data.jobId !== jobId) return { malformed: 'the body names another job' };
  if (!('teamId' in event.data)) return { teamId, jobId, event, text: textOf(message.data) };
  if (event.data.teamId !== teamId) return { malformed: 'the body names another team' };
  const { input, ...rest } = body as Record<string, unknown>;
  delete event.data.input;
  return {
    teamId,
    jobId,
    event,
    text: JSON.stringify(rest),
    ...(input !== undefined && { input: JSON.stringify(input) }),
  };
}
