import { execFile } from 'node:child_process';

export type CommandOptions = {
  /** Milliseconds after which the command is killed and counts as failed. */
  readonly timeoutMs: number;
  readonly env?: NodeJS.ProcessEnv;
};

/** What a program printed. Throws an error with its last line when it is missing, fails or takes too long. */
export const runCommand = (
  command: string,
  args: readonly string[],
  { timeoutMs, env = process.env }: CommandOptions,
): Promise<string> =>
  new Promise((resolve, reject) => {
    const options = { timeout: timeoutMs, killSignal: 'SIGKILL', env, maxBuffer: 16 << 20 } as const;
    execFile(command, args, options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      reject(new Error(`${command} ${reasonOf(error, stderr, timeoutMs)}`));
    });
  });

const reasonOf = (error: Error, stderr: string, timeoutMs: number): string => {
  if ('code' in error && error.code === 'ENOENT') return 'is not installed';
  if ('killed' in error && error.killed) return `did not finish within ${Math.round(timeoutMs / 1000)} s`;
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  return `failed: ${lines.at(-1)?.trim() ?? error.message}`;
};
