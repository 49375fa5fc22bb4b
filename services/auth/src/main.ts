import { createLogger, type Logger, shutdownTelemetry } from '@sluice/telemetry';
import { type Auth, startAuth } from './app.ts';
import { type Config, loadConfig } from './config.ts';

/** Whoever supervises us ends us after 5 s. */
const STOP_MS = 4_000;

async function main(): Promise<void> {
  const config = await readConfig();
  const log = createLogger({
    service: 'auth',
    level: config.LOG_LEVEL,
    pretty: config.NODE_ENV === 'development' && process.stdout.isTTY,
  });
  try {
    const auth = await startAuth(config, { log });
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => void end(auth, log, signal));
    }
    log.info('auth is ready');
  } catch (error) {
    log.fatal({ err: error }, 'auth cannot start');
    await leave(1);
  }
}

async function readConfig(): Promise<Config> {
  try {
    return await loadConfig(process.env);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return process.exit(1);
  }
}

async function end(auth: Auth, log: Logger, signal: string): Promise<void> {
  log.info({ signal }, 'auth is stopping');
  setTimeout(() => process.exit(1), STOP_MS).unref();
  const failed = await auth.stop().then(
    () => false,
    (error: unknown) => {
      log.error({ err: error }, 'auth did not stop in order');
      return true;
    },
  );
  await leave(failed ? 1 : 0);
}

async function leave(code: number): Promise<never> {
  await shutdownTelemetry(1_000);
  return process.exit(code);
}

await main();
