import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const sluice = fileURLToPath(new URL('../../sluice.mjs', import.meta.url));
const MOST_OUTPUT_BYTES = 100_000_000;

/** What a command printed, and how it ended. */
export type Ended = { code: number; stdout: string; stderr: string };

/** Runs `sluice <arguments>` with these variables and no others. */
export function runSluice(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  const options = { env, maxBuffer: MOST_OUTPUT_BYTES };
  return new Promise((resolve) => {
    execFile(process.execPath, [sluice, ...args], options, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}
