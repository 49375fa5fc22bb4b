import {
  type Attributes,
  type Context,
  context,
  isSpanContextValid,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { ERROR_TYPE, EXCEPTION, HTTP_ROUTE } from './attributes.ts';
import { redactText } from './redaction.ts';
import { unrecordedSpanContext } from './unrecorded-tracing.ts';

export { type Attributes, type Context, type Link, type Span, SpanKind } from '@opentelemetry/api';

/** Reads one header; absent is undefined, null or empty. NATS headers fit as they are. */
export type HeaderReader = { get(name: string): string | null | undefined };
/** Writes one header, replacing what was there. NATS headers fit as they are. */
export type HeaderWriter = { set(name: string, value: string): void };
/** Headers as node:http gives them. */
export type HttpHeaders = Readonly<Record<string, string | string[] | undefined>>;

// Not the global propagator: between our services the message contract asks for `traceparent`, whatever
// OTEL_PROPAGATORS says about the outside.
const propagator = new W3CTraceContextPropagator();
const tracer = trace.getTracer('@sluice/telemetry');

/** The caller's context out of message headers (W3C Trace Context); `base` when they carry none that is valid. */
export function extractContext(headers: HeaderReader, base: Context = ROOT_CONTEXT): Context {
  return propagator.extract(base, headers, {
    get: (carrier, name) => carrier.get(name) ?? undefined,
    keys: () => [],
  });
}

/** Writes `traceparent` (and `tracestate` when there is one) of a context into message headers. */
export function injectContext(headers: HeaderWriter, from: Context = context.active()): void {
  propagator.inject(from, headers, { set: (carrier, name, value) => carrier.set(name, value) });
}

/** The edge's span and its context. `end` ends it if it was started here, and does nothing otherwise. */
export type ServerSpan = { context: Context; span: Span; end: () => void };

/**
 * The context an incoming HTTP request is served in: the active span's when an instrumentation made one; else that
 * of a new span under the caller's `traceparent`. There is always a trace id, without any SDK too.
 */
export function startServerSpanContext(headers: HttpHeaders, name = 'HTTP'): ServerSpan {
  const active = trace.getActiveSpan();
  if (active !== undefined && isSpanContextValid(active.spanContext())) {
    return { context: context.active(), span: active, end: () => undefined };
  }
  const caller = extractContext(
    {
      get: (header) => {
        const value = headers[header];
        return typeof value === 'string' ? value : value?.[0];
      },
      // On the active context: it may say that this request is not to be traced (health probes).
    },
    context.active(),
  );
  const started = tracer.startSpan(name, { kind: SpanKind.SERVER }, caller);
  const span = isSpanContextValid(started.spanContext())
    ? started
    : trace.wrapSpanContext(unrecordedSpanContext());
  return { context: trace.setSpan(caller, span), span, end: () => span.end() };
}

/** The 32 hex digits of a context's trace, if it has one. */
export function traceIdOf(of: Context = context.active()): string | undefined {
  const spanContext = trace.getSpanContext(of);
  return spanContext !== undefined && isSpanContextValid(spanContext) ? spanContext.traceId : undefined;
}

/** A link to the span of a context: for a retry or a resumed stream, to what it follows. */
export function linkTo(to: Context, attributes: Attributes = {}): Link | undefined {
  const spanContext = trace.getSpanContext(to);
  return spanContext !== undefined && isSpanContextValid(spanContext)
    ? { context: spanContext, attributes }
    : undefined;
}

/** Runs a function with a context active, so that log lines and spans made inside belong to it. */
export function inContext<T>(active: Context, work: () => T): T {
  return context.with(active, work);
}

/** Adds attributes to a context's span; undefined values are left out. Nothing happens when it is not recorded. */
export function annotateSpan(
  attributes: Readonly<Record<string, Attributes[string]>>,
  of: Context = context.active(),
): void {
  const span = trace.getSpan(of);
  if (span?.isRecording() === true) span.setAttributes(attributes);
}

/** Names the HTTP server span after its route, such as `/api/jobs/:id` (HTTP conventions: `{method} {route}`). */
export function nameHttpSpan(method: string, route: string, of: Context = context.active()): void {
  const span = trace.getSpan(of);
  if (span?.isRecording() === true) span.updateName(`${method} ${route}`).setAttribute(HTTP_ROUTE, route);
}

export type SpanSettings = {
  kind?: SpanKind;
  attributes?: Attributes;
  links?: Link[];
  /** The active context when left out. */
  parent?: Context;
};

/**
 * Runs `work` inside a span that ends with it. What `work` throws is recorded by type (its `code` where it has
 * one) and message, without stack or properties, and thrown on.
 */
export async function withSpan<T>(
  name: string,
  settings: SpanSettings,
  work: (span: Span, active: Context) => T | Promise<T>,
): Promise<T> {
  const parent = settings.parent ?? context.active();
  const span = tracer.startSpan(name, settings, parent);
  const active = trace.setSpan(parent, span);
  try {
    return await context.with(active, work, undefined, span, active);
  } catch (error) {
    recordError(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** Marks a span as failed, for an error that is handled rather than thrown. */
export function recordError(span: Span, error: unknown): void {
  if (!span.isRecording()) return;
  const message = redactText(error instanceof Error ? error.message : String(error));
  const type = error instanceof Error ? error.name : typeof error;
  span.setStatus({ code: SpanStatusCode.ERROR, message });
  span.setAttribute(ERROR_TYPE, codeOf(error) ?? type);
  span.addEvent(EXCEPTION.event, { [EXCEPTION.type]: type, [EXCEPTION.message]: message });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
