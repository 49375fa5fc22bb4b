export * from './attributes.ts';
export { createLogger, type Logger, type LoggerConfig } from './logger.ts';
export { type MessagingOperation, type MessagingSpanSettings, withMessagingSpan } from './messaging-spans.ts';
export { redactPath, redactText } from './redaction.ts';
export { shutdownTelemetry } from './telemetry-shutdown.ts';
export {
  type Attributes,
  annotateSpan,
  type Context,
  extractContext,
  type HeaderReader,
  type HeaderWriter,
  type HttpHeaders,
  inContext,
  injectContext,
  type Link,
  linkTo,
  nameHttpSpan,
  recordError,
  type ServerSpan,
  type Span,
  SpanKind,
  type SpanSettings,
  startServerSpanContext,
  traceIdOf,
  withSpan,
} from './tracing.ts';
