import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What tells a living process from another that got the same id later. */
export type ProcessIdentity = {
  /** Opaque; equal for the same process alone. */
  readonly startedAt: string;
  /** The whole command line, arguments separated by blanks. */
  readonly commandLine: string;
  readonly parent: number;
};

/** The identity of a living process; undefined when there is none (a zombie counts as none). */
export const identifyProcess = (pid: number): ProcessIdentity | undefined => {
  try {
    return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
  } catch {
    return undefined;
  }
};

// proc_pid_stat(5): the command name in field 2 may hold blanks and brackets; field 3 is the state, 4 the parent, 22 the
// start in clock ticks since boot.
const fromProc = (pid: number): ProcessIdentity | undefined => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z') return undefined;
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  return { startedAt: `${boot}/${fields[19]}`, commandLine, parent: Number(fields[1]) };
};

const fromPs = (pid: number): ProcessIdentity | undefined => {
  const options = { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } } as const;
  const columns = ['-o', 'lstart=', '-o', 'ppid=', '-o', 'command='];
  const line = execFileSync('ps', ['-ww', '-p', String(pid), ...columns], options).trim();
  // lstart is always 24 characters: `Mon Nov 23 18:41:02 2026`.
  const [, startedAt, parent, commandLine] = /^(.{24})\s+(\d+)\s+(.*)$/s.exec(line) ?? [];
  if (startedAt === undefined || commandLine === undefined || commandLine.startsWith('(')) return undefined;
  return { startedAt, commandLine, parent: Number(parent) };
};
