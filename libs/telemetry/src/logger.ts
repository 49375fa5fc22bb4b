import { isSpanContextValid, trace } from '@opentelemetry/api';
import {
  type DestinationStream,
  type Logger,
  type LoggerOptions,
  pino,
  stdTimeFunctions,
  symbols,
} from 'pino';
import { errorFields, replaceErrors } from './error-fields.ts';
import { prettyLines } from './pretty-lines.ts';
import { redactLine } from './redaction.ts';

export type { Logger } from 'pino';

export type LoggerConfig = {
  /** As in `services/<name>`. */
  service: string;
  /** `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`. */
  level: string;
  /** Lines for people instead of JSON. */
  pretty?: boolean;
  /** Standard output when left out. */
  destination?: DestinationStream;
};

const errorLevel = 50;

/**
 * JSON lines with `level`, `time` (ISO 8601 UTC), `service`, `pid`, `msg`. A request or job has a child,
 * `log.child({ requestId, jobId, traceId })`; `traceId` and `spanId` of the active span are added where the child
 * has none. Errors show type, code, message and causes, a stack from level `error` on or when debugging. Secrets
 * are redacted by `redactLine`.
 */
export function createLogger(config: LoggerConfig): Logger {
  const options: LoggerOptions = {
    level: config.level,
    base: { service: config.service, pid: process.pid },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    // A plain object by then, see logMethod; a child's own serializers still apply to their keys.
    serializers: { err: (err: unknown) => (err instanceof Error ? errorFields(err, true) : err) },
    mixin: (_record, _level, logger) => activeTrace(logger),
    hooks: {
      logMethod(args, method, level) {
        const first: unknown = args[0];
        if (typeof first === 'object' && first !== null) {
          const withStack = level >= errorLevel || this.isLevelEnabled('debug');
          if (first instanceof Error) {
            args[0] = { err: errorFields(first, withStack) };
            args[1] ??= first.message;
          } else {
            args[0] = replaceErrors(first, withStack);
          }
        }
        method.apply(this, args);
      },
      streamWrite: redactLine,
    },
  };
  if (config.pretty === true) return pino(options, prettyLines(config.destination ?? process.stdout));
  return config.destination === undefined ? pino(options) : pino(options, config.destination);
}

/** A key written twice is not JSON that every reader accepts, so what a child has bound is not added again. */
function activeTrace(logger: Logger): object {
  const active = trace.getActiveSpan()?.spanContext();
  if (active === undefined || !isSpanContextValid(active)) return {};
  const bound = (logger as unknown as Record<symbol, string | undefined>)[symbols.chindingsSym] ?? '';
  if (!bound.includes('"traceId":')) return { traceId: active.traceId, spanId: active.spanId };
  // Work done for a job inside another trace keeps the job's id; a span id of the other would mislead.
  return bound.includes(active.traceId) && !bound.includes('"spanId":') ? { spanId: active.spanId } : {};
}
