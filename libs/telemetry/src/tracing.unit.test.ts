import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { extractContext, injectContext, startServerSpanContext, traceIdOf, withSpan } from './tracing.ts';
import { unrecordedTracerProvider } from './unrecorded-tracing.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;

describe('without any provider', () => {
  it('the edge still has a trace id, made or adopted', () => {
    assert.match(traceIdOf(startServerSpanContext({}).context) ?? '', /^[0-9a-f]{32}$/);
    assert.equal(traceIdOf(startServerSpanContext({ traceparent }).context), traceId);
  });

  it('a broken traceparent is as none', () => {
    const headers = new Map([['traceparent', 'not-a-trace']]);
    assert.equal(traceIdOf(extractContext(headers)), undefined);
    assert.notEqual(traceIdOf(startServerSpanContext({ traceparent: ['x', traceparent] }).context), traceId);
  });
});

describe('with the provider that records nothing', () => {
  before(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(unrecordedTracerProvider);
  });

  it('a message carries the trace on, with the state and flags of the caller', () => {
    const edge = startServerSpanContext({ traceparent, tracestate: 'vendor=1' });
    const headers = new Map<string, string>();
    injectContext(headers, edge.context);
    assert.deepEqual(Object.fromEntries(headers), { traceparent, tracestate: 'vendor=1' });
  });

  it('everything inside a span shares its new trace id, and two requests do not', async () => {
    const seen = await withSpan('outer', {}, () => withSpan('inner', {}, () => traceIdOf()));
    const outer = await withSpan('outer', {}, (_span, active) => {
      assert.equal(traceIdOf(), traceIdOf(active));
      return traceIdOf();
    });
    assert.match(seen ?? '', /^[0-9a-f]{32}$/);
    assert.notEqual(seen, outer);
  });

  it('tells the sampled flag of a trace nobody records as off', () => {
    const headers = new Map<string, string>();
    injectContext(headers, startServerSpanContext({}).context);
    assert.match(headers.get('traceparent') ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  });

  it('serves the API of a tracer that starts a span as the active one', () => {
    const ids = trace
      .getTracer('x')
      .startActiveSpan('a', (span) => [span.spanContext().traceId, traceIdOf()]);
    assert.equal(ids[0], ids[1]);
    const parent = extractContext(new Map([['traceparent', traceparent]]));
    assert.equal(
      trace.getTracer('x').startActiveSpan('a', {}, parent, () => traceIdOf()),
      traceId,
    );
  });
});
