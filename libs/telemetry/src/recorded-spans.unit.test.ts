import assert from 'node:assert/strict';
import { afterEach, before, describe, it } from 'node:test';
import { context, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { withMessagingSpan } from './messaging-spans.ts';
import {
  extractContext,
  inContext,
  injectContext,
  linkTo,
  SpanKind,
  startServerSpanContext,
  traceIdOf,
  withSpan,
} from './tracing.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
const template = 'jobs.{priority}.{team}.{job}.requested';

describe('with the SDK recording', () => {
  const exporter = new InMemorySpanExporter();
  before(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(
      new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
    );
  });
  afterEach(() => exporter.reset());

  it('a processed message is the child of what published it, and both follow the conventions', async () => {
    const headers = new Map<string, string>();
    await withMessagingSpan('publish', template, {}, () => injectContext(headers));
    await withMessagingSpan('process', template, { parent: extractContext(headers) }, () => undefined);
    const [published, processed] = exporter.getFinishedSpans();
    assert.equal(published?.name, `publish ${template}`);
    assert.equal(published.kind, SpanKind.PRODUCER);
    assert.equal(processed?.name, `process ${template}`);
    assert.equal(processed.kind, SpanKind.CONSUMER);
    assert.equal(processed.parentSpanContext?.spanId, published.spanContext().spanId);
    assert.deepEqual(processed.attributes, {
      'messaging.system': 'nats',
      'messaging.system.name': 'nats',
      'messaging.operation.type': 'process',
      'messaging.operation.name': 'process',
      'messaging.destination.name': template,
      'messaging.destination.template': template,
    });
  });

  it('records an error by type and message, without secrets, stack or properties, and throws it on', async () => {
    const failure = Object.assign(new TypeError('refused Bearer abc12345678'), {
      code: 'provider_authentication',
      body: 'private',
    });
    await assert.rejects(
      withSpan('call', {}, () => Promise.reject(failure)),
      (thrown) => thrown === failure,
    );
    const [span] = exporter.getFinishedSpans();
    assert.deepEqual(span?.status, { code: SpanStatusCode.ERROR, message: 'refused Bearer [redacted]' });
    assert.deepEqual(span.attributes, { 'error.type': 'provider_authentication' });
    assert.deepEqual(span.events[0]?.attributes, {
      'exception.type': 'TypeError',
      'exception.message': 'refused Bearer [redacted]',
    });
  });

  it('a retry is in the same trace and linked to what it follows', async () => {
    const first = await withSpan('attempt', {}, (_span, active) => active);
    const link = linkTo(first);
    await withSpan('attempt', { parent: first, links: link === undefined ? [] : [link] }, () => undefined);
    const [before, after] = exporter.getFinishedSpans();
    assert.equal(after?.spanContext().traceId, before?.spanContext().traceId);
    assert.equal(after?.links[0]?.context.spanId, before?.spanContext().spanId);
    assert.equal(linkTo(ROOT_CONTEXT), undefined);
  });

  it('the edge takes the active span instead of making one', async () => {
    await withSpan('by an instrumentation', {}, (span) => {
      const edge = startServerSpanContext({ traceparent });
      assert.equal(edge.span, span);
      edge.end();
      assert.equal(span.isRecording(), true);
    });
    const own = startServerSpanContext({ traceparent }, 'GET');
    inContext(own.context, () => assert.equal(traceIdOf(), traceId));
    own.end();
    assert.deepEqual(
      exporter.getFinishedSpans().map((span) => span.name),
      ['by an instrumentation', 'GET'],
    );
  });
});
