/** What a log line shows of an error: never its other properties, where clients keep requests, headers and keys. */
export type ErrorFields = {
  type: string;
  message: string;
  code?: string | number;
  stack?: string;
  cause?: ErrorFields | string;
};

const causeDepth = 5;

/** The loggable part of a thrown value, with its causes; `withStack` keeps the stack of the outermost error. */
export function errorFields(thrown: unknown, withStack: boolean, depth = causeDepth): ErrorFields {
  if (!(thrown instanceof Error)) return { type: typeof thrown, message: String(thrown) };
  const fields: ErrorFields = { type: thrown.name, message: thrown.message };
  const code = 'code' in thrown ? thrown.code : undefined;
  if (typeof code === 'string' || typeof code === 'number') fields.code = code;
  if (withStack && thrown.stack !== undefined) fields.stack = thrown.stack;
  const cause = causeOf(thrown);
  if (cause instanceof Error && depth > 0) fields.cause = errorFields(cause, false, depth - 1);
  else if (typeof cause === 'string') fields.cause = cause;
  return fields;
}

/** Node reports a refused connection to several addresses as an AggregateError without a message of its own. */
function causeOf(error: Error): unknown {
  return error.cause ?? (error instanceof AggregateError ? error.errors[0] : undefined);
}

/**
 * The same record with every Error in it, up to three levels down in plain objects and lists, replaced by its
 * loggable part. Returns the record itself when there was none.
 */
export function replaceErrors(record: object, withStack: boolean): object {
  return replaceIn(record, withStack, 3) as object;
}

function replaceIn(value: unknown, withStack: boolean, depth: number): unknown {
  if (value instanceof Error) return errorFields(value, withStack);
  if (depth === 0 || !isPlain(value)) return value;
  let copy: Record<string, unknown> | unknown[] | undefined;
  for (const [key, before] of Object.entries(value)) {
    const after = replaceIn(before, withStack, depth - 1);
    if (after === before) continue;
    copy ??= Array.isArray(value) ? [...value] : { ...value };
    (copy as Record<string, unknown>)[key] = after;
  }
  return copy ?? value;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null;
}
