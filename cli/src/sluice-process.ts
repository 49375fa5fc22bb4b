import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const sluice = fileURLToPath(new URL('../../sluice.mjs', import.meta.url));

export type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs `sluice <arguments>` as a process that has these variables and no others, for tests. */
export const runSluice = (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    execFile(process.execPath, [sluice, ...args], { env }, (error, stdout, stderr) => {
      const code = error ? error.code : 0;
      if (typeof code === 'number') resolve({ code, stdout, stderr });
      else reject(error);
    });
  });
