import { AppError, type Command, JOB_INPUTS, type JobInput, PAYLOADS_BUCKET } from '@sluice/contracts';
import { getObject, jsonOf, type NatsConnection } from '@sluice/messaging';

/**
 * A command's kind with its input, wherever that is kept. Throws AppError `input_lost`, `unavailable`, and `malformed`
 * for a stored input that its kind does not take.
 */
export async function loadWork(nc: NatsConnection, command: Command): Promise<JobInput> {
  const { kind, input, inputRef } = command;
  if (input) return { kind, input } as JobInput;
  // readCommand let nothing through that has neither.
  const bytes = inputRef && (await getObject(nc, PAYLOADS_BUCKET, inputRef));
  const parsed = JOB_INPUTS[kind].safeParse(jsonOf(bytes ?? new Uint8Array(0)));
  if (parsed.success) return { kind, input: parsed.data } as JobInput;
  throw new AppError('malformed', `The stored input is not what a job of kind ${kind} takes.`, {
    cause: parsed.error,
  });
}
