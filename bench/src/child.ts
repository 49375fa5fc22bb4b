import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export type Child<First> = { first: First; pid: number; stop: () => void };

/** Starts a TypeScript file as a process and resolves with the JSON of its first line. */
export async function startChild<First>(file: string, env: Record<string, string>): Promise<Child<First>> {
  const child = spawn(process.execPath, [fileURLToPath(new URL(file, import.meta.url))], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { first: JSON.parse(line) as First, pid: child.pid ?? -1, stop: () => void child.kill('SIGTERM') };
}
