// `npm test`: static checks, then every test on one nats-server and one mongod. `npm test -- gateway sealing` runs the
// files whose path contains one of the words, without the static checks. The last line is `N passed, N failed`.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { run } from 'node:test';
import { cacheDirectory } from '@sluice/embedded';
import { startTestServers, type TestServers, testAccountOf, variablesOf } from '@sluice/testing';
import { runStaticChecks } from './static-checks.ts';
import { paint, say } from './terminal.ts';
import { findTestFiles } from './test-files.ts';
import { reportTests, type Tally, tallyLine } from './test-report.ts';

// Two files at once: the servers and the files share the processors, and more made neither faster on two of them.
const FILES_AT_ONCE = 2;
const FILE_TIMEOUT_MS = 300_000;

const runTests = async (
  files: readonly string[],
  servers: TestServers,
  signal: AbortSignal,
): Promise<Tally> => {
  // Compiled code kept between runs saves each file's process about 0.1 s.
  const NODE_COMPILE_CACHE = process.env['NODE_COMPILE_CACHE'] ?? join(cacheDirectory(), 'compile');
  Object.assign(process.env, { NODE_COMPILE_CACHE }, variablesOf(servers));
  const stream = run({
    files: [...files],
    concurrency: FILES_AT_ONCE,
    isolation: 'process',
    timeout: FILE_TIMEOUT_MS,
    signal,
  });
  return reportTests(stream);
};

const main = async (): Promise<number> => {
  const words = process.argv.slice(2);
  if (words.length === 0) {
    const failed = await runStaticChecks();
    if (failed > 0) {
      say(`\nThe tests were not run.\n${tallyLine({ passed: 0, failed, skipped: 0 })}`);
      return 1;
    }
  }
  const files = findTestFiles(words);
  if (files.length === 0) {
    say(
      `No test file has ${words.join(' or ')} in its path.\n${tallyLine({ passed: 0, failed: 0, skipped: 0 })}`,
    );
    return 1;
  }
  const accounts = files.map(testAccountOf);
  const password = randomBytes(24).toString('hex');
  const servers = await startTestServers({ accounts, password, report: say });
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      abort.abort();
      servers.abandon();
      process.exit(1);
    });
  }
  try {
    say(`${paint('green', '✓')} ${servers.description}`);
    const tally = await runTests(files, servers, abort.signal);
    await servers.stop();
    say(`\n${tallyLine(tally)}`);
    return tally.failed > 0 || tally.passed === 0 ? 1 : 0;
  } finally {
    await servers.stop();
  }
};

process.exitCode = await main().catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error));
  say(tallyLine({ passed: 0, failed: 1, skipped: 0 }));
  return 1;
});
