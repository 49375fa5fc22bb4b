import { AppError, type JobInput } from '@sluice/contracts';
import type { SchemaChecker } from '@sluice/json-schema';

/**
 * Refuses work whose answer could never be checked, before anybody pays for it. `path` is where the request has the
 * schema. Errors: validation_failed; rate_limited when too many of the team's schemas wait, unavailable.
 */
export async function checkSchema(
  { schemas }: { schemas: SchemaChecker },
  teamId: string,
  { kind, input }: JobInput,
  path: string,
): Promise<void> {
  if (kind !== 'chat' && kind !== 'structured') return;
  if (input.responseFormat?.type !== 'json_schema') return;
  const message = await schemas.refusal(teamId, input.responseFormat.schema);
  if (message === null) return;
  throw new AppError('validation_failed', `${path}: ${message}`, { details: [{ path, message }] });
}
