import { createLogger, shutdownTelemetry } from '@sluice/telemetry';
import { startRunner } from './app.ts';
import { type Config, loadConfig } from './config.ts';

const config = read();
const log = createLogger({ service: 'provider-runner', level: config.logLevel });

try {
  const runner = await startRunner(config, log);
  log.info({ runnerId: runner.runnerId, slots: config.slots }, 'ready');
  const end = async (signal: string): Promise<void> => {
    log.info({ signal, jobs: runner.held }, 'stopping');
    await runner.stop();
    log.info({}, 'stopped');
    await shutdownTelemetry();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void end(signal));
} catch (err) {
  log.fatal({ err }, 'the runner cannot start');
  await shutdownTelemetry();
  process.exit(1);
}

function read(): Config {
  try {
    return loadConfig(process.env);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
