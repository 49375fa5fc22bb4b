import { linkSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { recordedProcess, writePidFile } from '@sluice/embedded';

/** The places in the data directory of one `npm start`. */
export type DataDirectory = {
  readonly root: string;
  readonly log: (name: string) => string;
  readonly pidFile: (name: string) => string;
  readonly file: (name: string) => string;
};

const OWNER_ONLY = 0o700;

/** Makes the directory and what belongs in it; its content is for its owner alone. */
export const openDataDirectory = (path: string): DataDirectory => {
  const root = resolve(path);
  mkdirSync(join(root, 'logs'), { recursive: true, mode: OWNER_ONLY });
  mkdirSync(join(root, 'run'), { recursive: true, mode: OWNER_ONLY });
  return {
    root,
    log: (name) => join(root, 'logs', `${name}.log`),
    pidFile: (name) => join(root, 'run', `${name}.pid`),
    file: (name) => join(root, name),
  };
};

/** The launcher's own command line contains it in both ways it is started. */
const LAUNCHER_MARKER = 'launcher';

/**
 * Takes the directory for this process. Throws when another living `npm start` has it; one that was killed leaves a
 * file that is recognised as stale. Returns the way to give it back.
 */
export const lockDataDirectory = (data: DataDirectory): (() => void) => {
  const lock = data.pidFile('launcher');
  const own = `${lock}.${process.pid}`;
  writePidFile(own, process.pid);
  try {
    while (!tryLink(own, lock)) {
      refuseWhenHeld(data, lock);
      // Out of the way by a rename, which one of several can do, and looked at again: it may be a fresh one by now.
      const stale = `${lock}.stale.${process.pid}`;
      if (!tryRename(lock, stale)) continue;
      if (recordedProcess(stale, LAUNCHER_MARKER) !== undefined) tryLink(stale, lock);
      rmSync(stale, { force: true });
    }
  } finally {
    rmSync(own, { force: true });
  }
  return () => rmSync(lock, { force: true });
};

const refuseWhenHeld = (data: DataDirectory, lock: string): void => {
  const holder = recordedProcess(lock, LAUNCHER_MARKER);
  if (holder === undefined) return;
  throw new Error(
    `Sluice already runs on ${data.root} (process ${holder}). Stop that one, or choose another SLUICE_DATA_DIR.`,
  );
};

const tryLink = (from: string, to: string): boolean => succeeds('EEXIST', () => linkSync(from, to));
const tryRename = (from: string, to: string): boolean => succeeds('ENOENT', () => renameSync(from, to));

/** False when the step fails with that code, which means that somebody else was first. */
const succeeds = (code: string, step: () => void): boolean => {
  try {
    step();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === code) return false;
    throw error;
  }
};
