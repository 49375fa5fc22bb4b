import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { identifyProcess } from './process-identity.ts';

type Recorded = { readonly pid: number; readonly startedAt: string };

/** Records a process that we started, so that a later run can recognise it. */
export const writePidFile = (path: string, pid: number): void => {
  const identity = identifyProcess(pid);
  if (!identity) return;
  const recorded: Recorded = { pid, startedAt: identity.startedAt };
  writeFileSync(`${path}.new`, JSON.stringify(recorded));
  renameSync(`${path}.new`, path);
};

export const removePidFile = (path: string): void => rmSync(path, { force: true });

/**
 * The id of the process that an earlier run recorded, when it is alive and proven to be that process: same id, same
 * start, and a command line that contains `marker`. Undefined otherwise: what cannot be proven is left alone.
 */
export const recordedProcess = (path: string, marker: string): number | undefined => {
  const recorded = readRecorded(path);
  const identity = recorded && identifyProcess(recorded.pid);
  if (!recorded || !identity) return undefined;
  const same = identity.startedAt === recorded.startedAt && identity.commandLine.includes(marker);
  return same ? recorded.pid : undefined;
};

export type LeftOver = {
  readonly pidFile: string;
  readonly marker: string;
  /** Milliseconds between asking it to end and ending it. */
  readonly graceMs: number;
};

/** Stops what an earlier run left behind. Returns its process id, or undefined when nothing was there. */
export const stopLeftOver = async ({ pidFile, marker, graceMs }: LeftOver): Promise<number | undefined> => {
  const pid = recordedProcess(pidFile, marker);
  if (pid !== undefined) {
    process.kill(pid, 'SIGTERM');
    const deadline = Date.now() + graceMs;
    // It is nobody's child any more, so that its end can only be asked for, not awaited.
    while (recordedProcess(pidFile, marker) !== undefined) {
      if (Date.now() > deadline) process.kill(pid, 'SIGKILL');
      await sleep(25);
    }
  }
  removePidFile(pidFile);
  return pid;
};

const readRecorded = (path: string): Recorded | undefined => {
  try {
    const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof parsed !== 'object' || parsed === null || !('pid' in parsed) || !('startedAt' in parsed)) {
      return undefined;
    }
    const { pid, startedAt } = parsed;
    const sane = typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 1;
    return sane && typeof startedAt === 'string' ? { pid, startedAt } : undefined;
  } catch {
    return undefined;
  }
};
