import { createLogger, shutdownTelemetry } from '@sluice/telemetry';
import { type GatewayConfig, loadConfig } from './config.ts';
import { startGateway } from './start-gateway.ts';

/** The whole shutdown; orchestrators kill after 30 s as a rule. In milliseconds. */
const STOP_MS = 20_000;

const config = configOrExit();
const log = createLogger({ service: 'gateway', level: config.logLevel, pretty: config.logPretty });

const started = await startGateway(config, log).catch(async (error: unknown) => {
  log.fatal({ err: error }, 'the gateway did not start');
  await shutdownTelemetry();
  process.exit(1);
});
log.info({ url: started.url, gatewayId: started.gatewayId }, 'the gateway is ready');

if (config.tls) process.on('SIGHUP', reloadTls);

let stopping = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (!stopping) void stop(signal);
    stopping = true;
  });
}

/** A renewed certificate needs no restart; a wrong one leaves the old one in force. */
function reloadTls(): void {
  try {
    started.reloadTls();
    log.info('the certificate was read again');
  } catch (error) {
    log.error({ err: error }, 'the certificate stays as it was');
  }
}

async function stop(signal: string): Promise<never> {
  log.info({ signal }, 'the gateway stops');
  setTimeout(() => process.exit(1), STOP_MS).unref();
  await started
    .stop()
    .catch((error: unknown) => log.error({ err: error }, 'the gateway did not stop in order'));
  log.info('the gateway has stopped');
  await shutdownTelemetry();
  process.exit(0);
}

function configOrExit(): GatewayConfig {
  try {
    return loadConfig(process.env);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
