/** Which signals the operator asked to have exported. */
export type ConfiguredSignals = { traces: boolean; metrics: boolean };

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the standard `OTEL_*` variables. A signal is exported when its exporter is named (and is not `none`),
 * or when an OTLP endpoint is given for it or for all; nothing is when `OTEL_SDK_DISABLED` is true. The SDK by
 * itself would export to localhost without being asked, which is wrong for a service started with one command.
 */
export function configuredSignals(env: Environment): ConfiguredSignals {
  if (variable(env, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return { traces: false, metrics: false };
  return { traces: isConfigured(env, 'TRACES'), metrics: isConfigured(env, 'METRICS') };
}

function isConfigured(env: Environment, signal: 'TRACES' | 'METRICS'): boolean {
  const exporter = variable(env, `OTEL_${signal}_EXPORTER`);
  if (exporter !== undefined) return exporter !== 'none';
  return (
    variable(env, `OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`) !== undefined ||
    variable(env, 'OTEL_EXPORTER_OTLP_ENDPOINT') !== undefined
  );
}

/** An empty variable counts as unset (OpenTelemetry specification, environment variables). */
function variable(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}
