/**
 * Started by `node --import …/libs/telemetry/src/register.ts services/<name>/src/main.ts`, before any module that
 * is to be instrumented. ADR 0020 has the cost of both ways.
 */
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { configuredSignals } from './configured-signals.ts';
import { unrecordedTracerProvider } from './unrecorded-tracing.ts';

// A diagnostic report, which an operator may have switched on for crashes, holds every variable: the secrets too.
process.report.excludeEnv = true;

const signals = configuredSignals(process.env);

if (signals.traces || signals.metrics) {
  // Loaded only here: the SDK with its exporters costs about 100 ms.
  const { startExporting } = await import('./exporting.ts');
  startExporting(signals, await instrumentations());
} else {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
}
if (!signals.traces) trace.setGlobalTracerProvider(unrecordedTracerProvider);

async function instrumentations() {
  const { loadInstrumentations } = await import('./instrumentations.ts');
  return loadInstrumentations(process.env, signals);
}
