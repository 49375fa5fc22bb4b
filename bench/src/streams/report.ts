import { cpus } from 'node:os';
import { median } from '../statistics.ts';
import type { StreamsMeasured } from './loaders.ts';
import type { ProcessUse } from './process-watch.ts';

export const TARGETS = ['direct', 'bare proxy', 'sluice'] as const;
export type TargetName = (typeof TARGETS)[number];

export type Round = {
  readonly clients: number;
  readonly target: TargetName;
  readonly measured: StreamsMeasured;
  /** What each process used while it ran, the index that follows included. */
  readonly use: ReadonlyMap<string, ProcessUse>;
};

export function printRound(round: number, { clients, target, measured }: Round): void {
  const { firstP50, firstP99, perToken, streamsPerSecond, faulty, loaderCpu } = measured;
  const first = `first token p50 ${firstP50.toFixed(2)} p99 ${firstP99.toFixed(1)} ms`;
  const rest = `${perToken.toFixed(2)} ms a token  ${streamsPerSecond.toFixed(1)} streams/s`;
  console.log(
    `${String(clients).padStart(3)} streams  round ${round}  ${target.padEnd(10)}  ${first}  ${rest}` +
      `  loaders ${loaderCpu.toFixed(2)} CPU${faulty > 0 ? `  ${faulty} FAULTY` : ''}`,
  );
}

/** Medians over the rounds, each target beside the direct connection. */
export function printFigures(results: readonly Round[], what: string): void {
  console.log(`\nMedians of ${what}; ${cpus().length} processors, all on one machine\n`);
  const names = ['streams', 'through', 'first token p50 ms', 'added', 'p99 ms', 'ms a token', 'added'];
  printHead([...names, 'streams/s', 'whole', 'faulty', 'loaders, CPUs']);
  for (const clients of concurrencyOf(results)) {
    for (const target of TARGETS) {
      const of = (read: (measured: StreamsMeasured) => number) => medianOf(results, clients, target, read);
      const added = (read: (measured: StreamsMeasured) => number) =>
        target === 'direct' ? '' : (of(read) - medianOf(results, clients, 'direct', read)).toFixed(2);
      const all = measuredOf(results, clients, target);
      printRow([
        clients,
        target,
        of(({ firstP50 }) => firstP50).toFixed(2),
        added(({ firstP50 }) => firstP50),
        of(({ firstP99 }) => firstP99).toFixed(1),
        of(({ perToken }) => perToken).toFixed(2),
        added(({ perToken }) => perToken),
        of(({ streamsPerSecond }) => streamsPerSecond).toFixed(1),
        sumOf(all.map(({ streams }) => streams)),
        sumOf(all.map(({ faulty }) => faulty)),
        of(({ loaderCpu }) => loaderCpu).toFixed(2),
      ]);
    }
  }
}

/** CPU milliseconds a stream, and memory, of each process. */
export function printUse(results: readonly Round[]): void {
  const names = [...(results[0]?.use.keys() ?? [])];
  console.log('\nCPU ms a stream, the index included\n');
  printHead(['streams', 'through', ...names]);
  for (const clients of concurrencyOf(results)) {
    for (const target of TARGETS) {
      const ran = results.filter((one) => one.clients === clients && one.target === target);
      const streams = sumOf(ran.map(({ measured }) => measured.streams));
      const cpu = (name: string) => sumOf(ran.map(({ use }) => use.get(name)?.cpu ?? 0));
      printRow([clients, target, ...names.map((name) => ((cpu(name) * 1000) / streams).toFixed(2))]);
    }
  }
  console.log('\nMost resident memory while streaming, MB\n');
  const shown = ['nats-server', 'gateway', 'provider-runner', 'bare proxy'];
  printHead(['streams', ...shown]);
  for (const clients of concurrencyOf(results)) {
    const memory = (name: string) =>
      results.filter((one) => one.clients === clients).map(({ use }) => use.get(name)?.memoryMb ?? 0);
    printRow([clients, ...shown.map((name) => Math.max(...memory(name)).toFixed(0))]);
  }
}

/** What was aimed for (docs/performance.md), and whether this run has it. */
export function printAims(results: readonly Round[]): void {
  const of = (clients: number, target: TargetName, read: (measured: StreamsMeasured) => number) =>
    medianOf(results, clients, target, read);
  const more = (read: (measured: StreamsMeasured) => number, target: TargetName, clients: number) =>
    of(clients, 'sluice', read) - of(clients, target, read);
  const firstAdded = more(({ firstP50 }) => firstP50, 'direct', 64);
  const ratio =
    of(256, 'sluice', ({ streamsPerSecond }) => streamsPerSecond) /
    of(256, 'bare proxy', ({ streamsPerSecond }) => streamsPerSecond);
  const p99 = more(({ firstP99 }) => firstP99, 'bare proxy', 256);
  const faulty = sumOf(results.map(({ measured }) => measured.faulty));
  const met = (holds: boolean) => (holds ? 'met' : 'missed');
  console.log('');
  printHead(['aim', 'measured', '']);
  printRow([
    '64: first token p50 within 3 ms of direct',
    `${firstAdded.toFixed(2)} ms`,
    met(firstAdded <= 3),
  ]);
  printRow(["256: the bare proxy's streams a second", ratio.toFixed(3), met(ratio >= 1)]);
  printRow(["256: first token p99 below the bare proxy's", `${p99.toFixed(1)} ms`, met(p99 < 0)]);
  printRow(['none truncated, none with a gap', faulty, met(faulty === 0)]);
}

const concurrencyOf = (results: readonly Round[]) => [...new Set(results.map(({ clients }) => clients))];
const measuredOf = (results: readonly Round[], clients: number, target: TargetName) =>
  results.filter((one) => one.clients === clients && one.target === target).map(({ measured }) => measured);
const medianOf = (
  results: readonly Round[],
  clients: number,
  target: TargetName,
  read: (measured: StreamsMeasured) => number,
) => median(measuredOf(results, clients, target).map(read));
const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
const printRow = (cells: readonly (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);
const printHead = (names: readonly string[]) => {
  printRow(names);
  console.log(`|${'---|'.repeat(names.length)}`);
};
