import { readFile } from 'node:fs/promises';
import { cpuSeconds } from '../cpu-time.ts';

const SAMPLE_MS = 200;

export type ProcessUse = {
  /** CPU seconds since the watch began. */
  readonly cpu: number;
  /** The most resident memory seen, in MB. */
  readonly memoryMb: number;
};

/** Follows processes, by name and id, until it is asked what they used (Linux, proc(5); zeros elsewhere). */
export async function watchProcesses(processes: ReadonlyMap<string, number>) {
  const before = new Map<string, number>();
  const memory = new Map<string, number>();
  for (const [name, pid] of processes) before.set(name, (await cpuSeconds(pid)) ?? 0);
  const sample = async () => {
    for (const [name, pid] of processes) {
      memory.set(name, Math.max(memory.get(name) ?? 0, await residentMb(pid)));
    }
  };
  const timer = setInterval(() => void sample(), SAMPLE_MS);

  return {
    /** Memory is of the time until `still`; CPU of the time until `end`. */
    still: () => clearInterval(timer),
    async end(): Promise<Map<string, ProcessUse>> {
      clearInterval(timer);
      const used = new Map<string, ProcessUse>();
      for (const [name, pid] of processes) {
        const cpu = ((await cpuSeconds(pid)) ?? 0) - (before.get(name) ?? 0);
        used.set(name, { cpu, memoryMb: memory.get(name) ?? 0 });
      }
      return used;
    },
  };
}

async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
}
