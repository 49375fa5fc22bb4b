import { randomFillSync } from 'node:crypto';
import {
  type Context,
  context,
  isSpanContextValid,
  type Span,
  type SpanContext,
  type SpanOptions,
  TraceFlags,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';

const idBytes = 24;
// One call for many ids: asking for 24 bytes at a time takes ten times as long.
const randomPool = Buffer.alloc(idBytes * 128);
let used = randomPool.length;

/** A new trace that nobody records: W3C-sized random ids, sampled flag off. */
export function unrecordedSpanContext(): SpanContext {
  if (used === randomPool.length) {
    randomFillSync(randomPool);
    used = 0;
  }
  const ids = randomPool.toString('hex', used, used + idBytes);
  used += idBytes;
  return { traceId: ids.slice(0, 32), spanId: ids.slice(32), traceFlags: TraceFlags.NONE };
}

/**
 * The provider used when nothing is exported. Work without a caller's trace gets a new trace id, so that logs and
 * jobs can always be found by it; work inside one keeps the caller's span context untouched, flags included, so
 * that whoever does record downstream attaches to a span that exists.
 */
export const unrecordedTracerProvider: TracerProvider = { getTracer: () => tracer };

function startSpan(_name: string, options?: SpanOptions, parent: Context = context.active()): Span {
  const inherited = options?.root === true ? undefined : trace.getSpanContext(parent);
  return trace.wrapSpanContext(
    inherited !== undefined && isSpanContextValid(inherited) ? inherited : unrecordedSpanContext(),
  );
}

const tracer: Tracer = {
  startSpan,
  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    second: F | SpanOptions,
    third?: F | Context,
    fourth?: F,
  ): ReturnType<F> {
    const work = [second, third, fourth].find((argument): argument is F => typeof argument === 'function');
    if (work === undefined) throw new TypeError('startActiveSpan needs a function');
    const parent = fourth === undefined ? context.active() : (third as Context);
    const span = startSpan(name, typeof second === 'function' ? undefined : second, parent);
    return context.with(trace.setSpan(parent, span), () => work(span)) as ReturnType<F>;
  },
};
