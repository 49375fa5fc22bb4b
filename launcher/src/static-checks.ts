import { execFile } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { repository } from './repository.ts';
import { paint, say, seconds } from './terminal.ts';

type Check = { readonly name: string; readonly command: readonly [string, ...string[]] };

const CHECKS: readonly Check[] = [
  { name: 'format and lint', command: ['biome', 'ci', '--colors=off', '.'] },
  { name: 'types', command: ['tsc', '-p', '.'] },
  { name: 'dead code', command: ['knip', '--no-config-hints'] },
];

const TIMEOUT_MS = 300_000;

type Outcome = { readonly check: Check; readonly ok: boolean; readonly output: string; readonly ms: number };

/** Runs all static checks side by side, prints one line for each and the output of the bad ones. Returns how many failed. */
export const runStaticChecks = async (): Promise<number> => {
  const outcomes = await Promise.all(CHECKS.map(runCheck));
  for (const { check, ok, ms } of outcomes) {
    const mark = ok ? paint('green', '✓') : paint('red', '✗');
    say(
      `${mark} ${check.name.padEnd(16)} ${paint('dim', check.command.join(' ').padEnd(24))} ${seconds(ms)}`,
    );
  }
  const bad = outcomes.filter(({ ok }) => !ok);
  for (const { check, output } of bad) say(`\n${paint('red', `✗ ${check.name}`)}\n${output.trim()}`);
  return bad.length;
};

const runCheck = (check: Check): Promise<Outcome> =>
  new Promise((resolve) => {
    const [program, ...args] = check.command;
    const bin = join(repository, 'node_modules', '.bin');
    // The tools' own first lines ask for any `node`: the one that runs this must come first.
    const PATH = [dirname(process.execPath), bin, process.env['PATH']].join(delimiter);
    const options = {
      cwd: repository,
      env: { ...process.env, PATH },
      timeout: TIMEOUT_MS,
      maxBuffer: 32 << 20,
    };
    const begin = Date.now();
    execFile(join(bin, program), args, options, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}` || error?.message || '';
      resolve({ check, ok: error === null, output, ms: Date.now() - begin });
    });
  });
