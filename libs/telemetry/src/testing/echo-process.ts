import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export type LogLine = Readonly<Record<string, unknown>> & { msg: string; level: string };

export type EchoProcess = {
  origin: string;
  /** Every line so far. */
  lines: LogLine[];
  /** The first line with this message, already written or still to come. */
  line: (msg: string) => Promise<LogLine>;
  /** Sends SIGTERM and resolves with the exit code (null when a signal ended it). */
  stop: () => Promise<number | null>;
};

const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const contactedHosts = pathOf('../__fixtures__/services/echo/src/contacted-hosts.ts');
const register = pathOf('../register.ts');
const main = pathOf('../__fixtures__/services/echo/src/main.ts');

/** Starts the fixture service as a process of its own, with no other `OTEL_*` variables than those given. */
export async function startEcho(env: Readonly<Record<string, string>>): Promise<EchoProcess> {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('OTEL_'));
  const child = spawn(process.execPath, ['--import', contactedHosts, '--import', register, main], {
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: LogLine[] = [];
  const line = collectLines(child, lines);
  const exited = once(child, 'exit');
  const { origin } = await line('listening');
  return {
    origin: String(origin),
    lines,
    line,
    stop: async () => {
      child.kill('SIGTERM');
      const [code] = await exited;
      return code;
    },
  };
}

function collectLines(child: ChildProcess, lines: LogLine[]): EchoProcess['line'] {
  if (child.stdout === null) throw new Error('the child has no stdout');
  const reader = createInterface({ input: child.stdout });
  let closed = false;
  reader.on('line', (text) => lines.push(JSON.parse(text)));
  reader.once('close', () => {
    closed = true;
  });
  return (msg) =>
    new Promise((resolve, reject) => {
      const check = () => {
        const found = lines.find((entry) => entry.msg === msg);
        if (found !== undefined) resolve(found);
        else if (closed) reject(new Error(`the process ended without the line '${msg}'`));
      };
      reader.on('line', check);
      reader.once('close', check);
      check();
    });
}
