import type { DiagLogger } from '@opentelemetry/api';
import type { Logger } from 'pino';

const distinctLimit = 50;

/**
 * Takes the SDK's own messages into the service's log: what it calls an error is a warning for the service, and
 * each message is written once, numbers aside, so that a lasting fault does not fill the log.
 */
export function diagnosticsLogger(log: Logger): DiagLogger {
  const seen = new Set<string>();
  const warnOnce = (message: string) => {
    const key = message.replace(/\d+/g, '#');
    if (seen.has(key) || seen.size >= distinctLimit) return;
    seen.add(key);
    log.warn({ telemetry: message }, 'the telemetry SDK reports a problem');
  };
  const detail = (message: string) => log.warn({ telemetry: message }, 'telemetry SDK detail');
  return { error: warnOnce, warn: warnOnce, info: detail, debug: detail, verbose: detail };
}

/** Reports the first export that failed; the SDK drops those spans, tries the next, and the service goes on. */
export function deliveryFailureReporter(log: Logger): (error: unknown) => void {
  let reported = false;
  return (error) => {
    if (reported) return;
    reported = true;
    log.warn({ err: error }, 'telemetry cannot be delivered; the service goes on without it (said once)');
  };
}
