import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { sha256OfFile } from './sha256.ts';

/** Where downloads are kept for this user: SLUICE_CACHE_DIR, else `sluice` in XDG_CACHE_HOME or `~/.cache`. */
export const cacheDirectory = (env: NodeJS.ProcessEnv = process.env): string =>
  env['SLUICE_CACHE_DIR'] || join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'sluice');

/** A binary's place in the cache. `entry` holds program, version, platform and origin, so that none is mistaken. */
export type CacheSlot = { readonly cacheDir: string; readonly entry: string; readonly program: string };

const SUM_FILE = 'sha256';
const ABANDONED_AFTER_MS = 24 * 3_600_000;

/**
 * The cached binary, or undefined when there is none or its bytes are not the ones once stored (a full disk, a
 * torn write). The sum lies beside the binary: it finds damage; whoever may write here may replace both.
 */
export const cachedBinary = async (slot: CacheSlot): Promise<string | undefined> => {
  const directory = join(slot.cacheDir, slot.entry);
  const path = join(directory, slot.program);
  try {
    const expected = (await readFile(join(directory, SUM_FILE), 'utf8')).trim();
    return (await sha256OfFile(path)) === expected ? path : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Lets `produce` put the program into a scratch directory, then moves that into its place in one step, so that a
 * kill in the middle leaves nothing half done and two runs at once end with one whole copy. Returns its path.
 */
export const storeBinary = async (
  slot: CacheSlot,
  produce: (scratch: string) => Promise<void>,
): Promise<string> => {
  await mkdir(slot.cacheDir, { recursive: true });
  await removeAbandonedScratch(slot.cacheDir);
  const scratch = await mkdtemp(join(slot.cacheDir, 'scratch-'));
  try {
    const finished = join(scratch, 'finished');
    await mkdir(finished);
    await produce(scratch);
    await rename(join(scratch, slot.program), join(finished, slot.program));
    await writeFile(join(finished, SUM_FILE), `${await sha256OfFile(join(finished, slot.program))}\n`);
    return await moveIntoPlace(finished, slot);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

const moveIntoPlace = async (finished: string, slot: CacheSlot): Promise<string> => {
  const place = join(slot.cacheDir, slot.entry);
  try {
    await rename(finished, place);
  } catch (error) {
    const another = await cachedBinary(slot);
    if (another) return another;
    // What is there does not verify: out of the way with it. A rename onto a directory with files always fails.
    await rename(place, join(slot.cacheDir, `scratch-${randomUUID()}`)).catch(() => {
      throw error;
    });
    await rename(finished, place);
  }
  return join(place, slot.program);
};

const removeAbandonedScratch = async (cacheDir: string): Promise<void> => {
  for (const name of await readdir(cacheDir)) {
    if (!name.startsWith('scratch-')) continue;
    const path = join(cacheDir, name);
    const age = await stat(path).then(
      (entry) => Date.now() - entry.mtimeMs,
      () => 0,
    );
    if (age > ABANDONED_AFTER_MS) await rm(path, { recursive: true, force: true });
  }
};
