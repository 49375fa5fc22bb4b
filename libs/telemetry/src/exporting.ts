import { createRequire, syncBuiltinESMExports } from 'node:module';
import { DiagLogLevel, diag } from '@opentelemetry/api';
import { diagLogLevelFromString, setGlobalErrorHandler } from '@opentelemetry/core';
import {
  defaultResource,
  envDetector,
  hostDetector,
  processDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import { NodeSDK, type NodeSDKConfiguration } from '@opentelemetry/sdk-node';
import { SERVICE_NAME, SERVICE_VERSION } from './attributes.ts';
import type { ConfiguredSignals } from './configured-signals.ts';
import { createLogger } from './logger.ts';
import { deliveryFailureReporter, diagnosticsLogger } from './sdk-diagnostics.ts';
import { serviceIdentity } from './service-identity.ts';
import { onTelemetryShutdown } from './telemetry-shutdown.ts';

/**
 * Starts the OpenTelemetry SDK from the `OTEL_*` variables with these instrumentations. Never throws: a service
 * runs without telemetry rather than not at all. Resource detectors are named, because the cloud ones ask
 * metadata addresses over the network.
 */
export function startExporting(
  signals: ConfiguredSignals,
  instrumentations: NodeSDKConfiguration['instrumentations'],
): void {
  const identity = serviceIdentity(process.argv[1]);
  const log = createLogger({ service: identity.service, level: 'warn' });
  const { OTEL_LOG_LEVEL, OTEL_NODE_RESOURCE_DETECTORS } = process.env;
  const level = diagLogLevelFromString(OTEL_LOG_LEVEL) ?? DiagLogLevel.WARN;
  const useOurDiagnostics = () =>
    diag.setLogger(diagnosticsLogger(log), { logLevel: level, suppressOverrideMessage: true });
  useOurDiagnostics();
  setGlobalErrorHandler(deliveryFailureReporter(log));
  try {
    const sdk = new NodeSDK({
      resource: defaultResource().merge(
        resourceFromAttributes({
          [SERVICE_NAME]: identity.name,
          ...(identity.version === undefined ? {} : { [SERVICE_VERSION]: identity.version }),
        }),
      ),
      ...(OTEL_NODE_RESOURCE_DETECTORS === undefined
        ? { resourceDetectors: [serviceInstanceIdDetector, hostDetector, processDetector, envDetector] }
        : {}),
      instrumentations,
      // Logs go to stdout as JSON lines; the signals not asked for would otherwise go to localhost.
      logRecordProcessors: [],
      ...(signals.traces ? {} : { spanProcessors: [] }),
      ...(signals.metrics ? {} : { metricReaders: [] }),
    });
    // With OTEL_LOG_LEVEL set the constructor installs a console logger, whose lines are not JSON.
    useOurDiagnostics();
    sdk.start();
    onTelemetryShutdown(() => sdk.shutdown());
    patchBuiltinModules();
  } catch (error) {
    log.warn({ err: error }, 'telemetry did not start; the service runs without it');
  }
}

/**
 * Built-in modules are patched when something requires them; a purely ESM service never does. Requiring them here
 * and refreshing their ESM exports saves the loader hooks that would otherwise see every import.
 */
function patchBuiltinModules(): void {
  const require = createRequire(import.meta.url);
  require('node:http');
  require('node:https');
  syncBuiltinESMExports();
}
