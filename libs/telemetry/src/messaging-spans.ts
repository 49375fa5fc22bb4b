import { type Attributes, type Context, type Link, type Span, SpanKind } from '@opentelemetry/api';
import { MESSAGING } from './attributes.ts';
import { withSpan } from './tracing.ts';

/** `publish` and `process` are for streams, `request` and `respond` for a question that is answered at once. */
export type MessagingOperation = 'publish' | 'process' | 'request' | 'respond';

const operations: Readonly<Record<MessagingOperation, { kind: SpanKind; type: string }>> = {
  publish: { kind: SpanKind.PRODUCER, type: 'send' },
  process: { kind: SpanKind.CONSUMER, type: 'process' },
  request: { kind: SpanKind.CLIENT, type: 'send' },
  respond: { kind: SpanKind.SERVER, type: 'process' },
};

export type MessagingSpanSettings = {
  attributes?: Attributes;
  links?: Link[];
  /** For what is received: the context extracted from the message. The active context when left out. */
  parent?: Context;
};

/**
 * Runs `work` in a span by the messaging conventions, named `{operation} {template}`. The template is the subject
 * with its ids as placeholders, such as `jobs.{priority}.{team}.{job}.requested`: subjects themselves are as many
 * as jobs, and the ids stand in the `sluice.*` attributes.
 */
export function withMessagingSpan<T>(
  operation: MessagingOperation,
  template: string,
  settings: MessagingSpanSettings,
  work: (span: Span, active: Context) => T | Promise<T>,
): Promise<T> {
  const { kind, type } = operations[operation];
  const attributes = {
    [MESSAGING.system]: 'nats',
    [MESSAGING.systemName]: 'nats',
    [MESSAGING.operationType]: type,
    [MESSAGING.operationName]: operation,
    [MESSAGING.destinationName]: template,
    [MESSAGING.destinationTemplate]: template,
    ...settings.attributes,
  };
  return withSpan(`${operation} ${template}`, { ...settings, kind, attributes }, work);
}
