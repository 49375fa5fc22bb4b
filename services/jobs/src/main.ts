import { createLogger, shutdownTelemetry } from '@sluice/telemetry';
import { startJobs } from './app.ts';
import { ConfigError, loadConfig } from './config.ts';

/** What is still being written or answered has this long after SIGTERM, in milliseconds. */
const SHUTDOWN_BOUND_MS = 20_000;

async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const log = createLogger({
    service: 'jobs',
    level: config.logLevel,
    pretty: !config.production && process.stdout.isTTY,
  });
  const jobs = await startJobs(config, { log }).catch((error: unknown) => {
    log.fatal(error, 'the jobs service cannot start');
    return undefined;
  });
  if (!jobs) return exit(1);

  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => {
      log.error({ boundMs: SHUTDOWN_BOUND_MS }, 'stopping took too long');
      process.exit(1);
    }, SHUTDOWN_BOUND_MS).unref();
    jobs.stop().then(
      () => exit(0),
      (error: unknown) => {
        log.error(error, 'stopping failed');
        return exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  log.info({ queue: config.queue }, 'ready');
}

async function exit(code: number): Promise<void> {
  await shutdownTelemetry();
  process.exit(code);
}

main().catch((error: unknown) => {
  const text = error instanceof ConfigError ? error.message : String(error);
  process.stderr.write(`the jobs service cannot start:\n${text}\n`);
  process.exit(1);
});
