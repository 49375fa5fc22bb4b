import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { removePidFile, writePidFile } from './pid-file.ts';

export type GuardedOptions = {
  readonly command: string;
  readonly args: readonly string[];
  /** Everything it prints is appended here. */
  readonly logFile: string;
  /** Where it is recorded, for the next run to find it when this one dies hard. */
  readonly pidFile: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Milliseconds between asking it to end and ending it. */
  readonly graceMs: number;
};

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export type GuardedProcess = {
  readonly pid: number;
  /** Resolves when the process has ended, however it did. */
  readonly exited: Promise<Exit>;
  /** True from the first call of stop or kill9. */
  readonly stopping: () => boolean;
  /** SIGTERM, and SIGKILL after the grace. Resolves when the process has ended; a second call waits for the same. */
  readonly stop: () => Promise<Exit>;
  /** SIGKILL at once, as a crash would. Resolves when the process has ended. */
  readonly kill9: () => Promise<Exit>;
};

/**
 * Starts a program in a process group of its own, so that a terminal's Ctrl-C reaches us alone and we choose the
 * order. It does not outlive us: a guard beside it holds the other end of a pipe of ours and stops it when the pipe
 * breaks, which it also does when we are killed with -9. Neither keeps our event loop alive.
 */
export const startGuarded = async (options: GuardedOptions): Promise<GuardedProcess> => {
  const log = openSync(options.logFile, 'a');
  const child = spawn(options.command, options.args, {
    detached: true,
    stdio: ['ignore', log, log],
    env: options.env ?? process.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  closeSync(log);
  const exited = endOf(child);
  await Promise.race([once(child, 'spawn'), once(child, 'error').then(([error]) => Promise.reject(error))]);
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${options.command} did not start`);
  child.unref();
  writePidFile(options.pidFile, pid);
  const guard = startGuard(pid, options.graceMs);
  let stopping = false;
  let finished = false;
  const ended = exited.then((exit) => {
    finished = true;
    guard.stdin?.end('ended\n');
    removePidFile(options.pidFile);
    return exit;
  });

  const end = async (signal: NodeJS.Signals): Promise<Exit> => {
    stopping = true;
    if (!finished) child.kill(signal);
    child.ref();
    const forced = setTimeout(() => child.kill('SIGKILL'), options.graceMs);
    try {
      return await ended;
    } finally {
      clearTimeout(forced);
    }
  };
  const stop = () => end('SIGTERM');
  return { pid, exited: ended, stopping: () => stopping, stop, kill9: () => end('SIGKILL') };
};

const endOf = (child: ChildProcess): Promise<Exit> =>
  new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: null, signal: null }));
  });

// A line means that the process ended by itself and its id may belong to somebody else by now; end of file without a
// line means that we are gone.
const GUARD_SCRIPT = `
read -r line && exit 0
kill -TERM "$1" 2>/dev/null || exit 0
waited=0
while [ "$waited" -lt "$2" ] && kill -0 "$1" 2>/dev/null; do sleep 0.1; waited=$((waited + 1)); done
kill -KILL "$1" 2>/dev/null
`;

const startGuard = (pid: number, graceMs: number): ChildProcess => {
  const tenths = String(Math.ceil(graceMs / 100));
  const guard = spawn('/bin/sh', ['-c', GUARD_SCRIPT, 'sluice-guard', String(pid), tenths], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
  });
  // Without a guard (no /bin/sh) the pid file is still there for the next run.
  guard.once('error', () => {});
  guard.stdin?.once('error', () => {});
  guard.unref();
  if (guard.stdin && 'unref' in guard.stdin && typeof guard.stdin.unref === 'function') guard.stdin.unref();
  return guard;
};
