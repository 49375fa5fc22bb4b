import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../../..', import.meta.url));

export type ServiceName = 'auth' | 'jobs' | 'provider-runner' | 'gateway';

/** One service as a process of its own, started as `npm start` does it. */
export type ServiceProcess = {
  readonly name: ServiceName;
  readonly pid: number;
  /** Every line that it printed so far. */
  readonly lines: readonly string[];
  /** Resolves with the first line, past or coming, that contains `text`. */
  waitForLine: (text: string) => Promise<string>;
  /** Sends the signal and resolves when the process has ended. */
  end: (signal?: NodeJS.Signals) => Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  hasEnded: () => boolean;
  signal: (signal: NodeJS.Signals) => void;
};

export function startService(name: ServiceName, env: Readonly<Record<string, string>>): ServiceProcess {
  const child = spawn(
    process.execPath,
    ['--import', './libs/telemetry/src/register.ts', `services/${name}/src/main.ts`],
    { cwd: repository, env: { ...inherited(), ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const lines: string[] = [];
  const waiting = new Set<{ text: string; resolve: (line: string) => void }>();
  for (const output of [child.stdout, child.stderr]) {
    createInterface({ input: output }).on('line', (line) => {
      lines.push(line);
      for (const one of waiting) if (line.includes(one.text)) one.resolve(line);
    });
  }
  const exited = exitOf(child);
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const killWithUs = () => child.kill('SIGKILL');
  process.once('exit', killWithUs);
  void exited.then(() => process.off('exit', killWithUs));

  return {
    name,
    pid: child.pid ?? -1,
    lines,
    exited,
    hasEnded,
    signal: (signal) => void child.kill(signal),
    async waitForLine(text) {
      const past = lines.find((line) => line.includes(text));
      if (past !== undefined) return past;
      return Promise.race([
        new Promise<string>((resolve) => waiting.add({ text, resolve })),
        exited.then(() => {
          throw new Error(`${name} ended before it printed "${text}":\n${lines.slice(-20).join('\n')}`);
        }),
      ]);
    },
    async end(signal = 'SIGTERM') {
      if (!hasEnded()) child.kill(signal);
      return exited;
    },
  };
}

async function exitOf(child: ChildProcess) {
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal };
}

/** Services get what they are given, not what happens to be set for the tests. */
function inherited(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'NODE_COMPILE_CACHE'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
