import { AppError, type ErrorDetail } from '@sluice/contracts';
import type { FastifySchemaCompiler } from 'fastify';
import type { z } from 'zod';

/** How many faults one answer lists. */
const MAX_DETAILS = 20;

/** Checks bodies, queries and parameters once, by their zod schema; the handler gets what the schema made of them. */
export const validateByZod: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  return (data: unknown) => {
    const missing = httpPart === 'body' && (data === undefined || data === null);
    const parsed = schema.safeParse(missing ? undefined : data);
    if (parsed.success) return { value: parsed.data };
    return { error: missing ? missingBody() : validationError(parsed.error) };
  };
};

function missingBody(): AppError {
  return new AppError('bad_request', 'The body is missing; a JSON object was expected.');
}

/** `validation_failed` with each fault by its dotted path. */
function validationError({ issues }: z.ZodError): AppError {
  const details = issues.flatMap(detailsOf).slice(0, MAX_DETAILS);
  const [first] = details;
  const where = first?.path ? `${first.path}: ` : '';
  const more = details.length > 1 ? ` (and ${details.length - 1} more, see details)` : '';
  return new AppError('validation_failed', `${where}${first?.message ?? 'does not fit'}${more}`, { details });
}

function detailsOf(issue: z.core.$ZodIssue): ErrorDetail[] {
  const path = issue.path.map(String);
  if (issue.code !== 'unrecognized_keys') return [{ path: path.join('.'), message: issue.message }];
  return issue.keys.map((key) => ({ path: [...path, key].join('.'), message: 'Unknown key' }));
}
