import { type Command, commandSchema, type JobSubject } from '@sluice/contracts';
import type { Delivery } from '@sluice/messaging';

/** The command in a message, or what is wrong with it. It must be about the job that its subject names. */
export function readCommand(
  delivery: Delivery,
  subject: JobSubject,
): { command: Command } | { fault: string } {
  let body: unknown;
  try {
    body = delivery.json();
  } catch {
    return { fault: 'The command is not JSON.' };
  }
  const parsed = commandSchema.safeParse(body);
  if (!parsed.success) {
    const paths = parsed.error.issues.map(({ path }) => path.join('.'));
    return { fault: `The command does not fit its contract: ${paths.slice(0, 10).join(', ')}.` };
  }
  const command = parsed.data;
  if (command.jobId !== subject.jobId || command.teamId !== subject.teamId) {
    return { fault: 'The command is about another job than its subject.' };
  }
  if (!command.input && !command.inputRef) return { fault: 'The command has no input.' };
  return { command };
}
