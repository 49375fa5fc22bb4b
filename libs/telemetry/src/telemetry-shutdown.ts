let flush: (() => Promise<void>) | undefined;

/** Registers what sends the last spans; called once by whoever started the SDK. */
export function onTelemetryShutdown(flushAndStop: () => Promise<void>): void {
  flush = flushAndStop;
}

/**
 * Sends the spans still held and stops the SDK; the last step of a service's ordered shutdown. Waits at most
 * `boundMs` milliseconds and never rejects: a collector that is away must not keep a service from ending.
 * An export that is still being retried then keeps the event loop busy (up to `OTEL_EXPORTER_OTLP_TIMEOUT`, 10 s):
 * a service ends with `process.exit` after this.
 * `register.ts` (by `--import`) and the service share this module's one instance.
 */
export async function shutdownTelemetry(boundMs = 3000): Promise<void> {
  const flushOnce = flush;
  flush = undefined;
  if (flushOnce === undefined) return;
  const bound = Promise.withResolvers<void>();
  const timer = setTimeout(bound.resolve, boundMs);
  await Promise.race([flushOnce().catch(() => undefined), bound.promise]);
  clearTimeout(timer);
}
