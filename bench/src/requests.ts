// The durable path beside a bare proxy, in one run on one machine. Prints rounds as they come, then a
// table of medians. BENCH_SECONDS (5) is the length of one measurement, BENCH_ROUNDS (3) how often each is repeated,
// BENCH_CLIENTS (1,16,64) how many ask at once.
import { cpus } from 'node:os';
import { startChild } from './child.ts';
import { closedLoop, type Measured, type Target } from './closed-loop.ts';
import { cpuSeconds } from './cpu-time.ts';
import { median } from './statistics.ts';
import { startSurroundings } from './surroundings.ts';

const seconds = Number(process.env['BENCH_SECONDS'] ?? 5);
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 3);
const concurrency = (process.env['BENCH_CLIENTS'] ?? '1,16,64').split(',').map(Number);
const most = concurrency.at(-1) ?? 1;

const { providerUrl, start, stop } = await startSurroundings();
const stack = await start();
const { processes, untilProjected } = stack;
const proxy = await startChild<{ url: string; token: string }>('./bare-proxy.ts', {
  PROVIDER_URL: providerUrl,
});
const { token } = await stack.register();
const aiProfileId = await stack.createProfile(token, 'demo');
const body = JSON.stringify({
  aiProfileId,
  messages: [{ role: 'user', content: 'What does a sluice do? Answer in one sentence.' }],
});
const headersFor = (bearer: string) => ({
  'content-type': 'application/json',
  authorization: `Bearer ${bearer}`,
  prefer: 'wait=30',
});
const targets: Record<'bare proxy' | 'sluice', Target> = {
  'bare proxy': { url: proxy.first.url, path: '/chat', headers: headersFor(proxy.first.token), body },
  sluice: { url: stack.url, path: '/api/llm/chat', headers: headersFor(token), body },
};

type Row = { clients: number; target: keyof typeof targets; measured: Measured };
const rows: Row[] = [];
const cpu = new Map<string, number>();
let jobsCounted = 0;
const cpuNow = () => Promise.all([...processes.values()].map(cpuSeconds));

for (const target of Object.values(targets)) await closedLoop(target, 16, 2);
await untilProjected();

for (const clients of concurrency) {
  for (let round = 1; round <= rounds; round += 1) {
    for (const name of ['bare proxy', 'sluice'] as const) {
      const before = await cpuNow();
      const measured = await closedLoop(targets[name], clients, seconds);
      if (name === 'sluice') await untilProjected();
      if (name === 'sluice' && clients === most) {
        const after = await cpuNow();
        jobsCounted += measured.requests;
        for (const [place, process] of [...processes.keys()].entries()) {
          cpu.set(process, (cpu.get(process) ?? 0) + (after[place] ?? 0) - (before[place] ?? 0));
        }
      }
      rows.push({ clients, target: name, measured });
      printRound(clients, round, name, measured);
    }
  }
}
printTable();
await stop();
proxy.stop();
process.exit(0);

function printRound(clients: number, round: number, name: string, measured: Measured): void {
  const { requestsPerSecond, p50Ms, p99Ms, failures } = measured;
  const speed = `${requestsPerSecond.toFixed(0).padStart(6)} requests/s`;
  const times = `p50 ${p50Ms.toFixed(2)} ms  p99 ${p99Ms.toFixed(2)} ms`;
  const failed = failures > 0 ? `  ${failures} FAILED` : '';
  console.log(
    `${String(clients).padStart(3)} clients  round ${round}  ${name.padEnd(10)}  ${speed}  ${times}${failed}`,
  );
}

function printTable(): void {
  console.log(
    `\nMedians of ${rounds} rounds of ${seconds} s; ${cpus().length} processors, all on one machine\n`,
  );
  console.log(
    '| clients | bare requests/s | Sluice requests/s | ratio | bare p50 ms | Sluice p50 ms | added ms | bare p99 ms | Sluice p99 ms |',
  );
  console.log('|---|---|---|---|---|---|---|---|---|');
  for (const clients of concurrency) {
    const of = (target: Row['target'], read: (measured: Measured) => number) =>
      median(
        rows
          .filter((row) => row.clients === clients && row.target === target)
          .map((row) => read(row.measured)),
      );
    const speed = (target: Row['target']) => of(target, (measured) => measured.requestsPerSecond);
    const p50 = (target: Row['target']) => of(target, (measured) => measured.p50Ms);
    const p99 = (target: Row['target']) => of(target, (measured) => measured.p99Ms);
    const cells = [
      clients,
      speed('bare proxy').toFixed(0),
      speed('sluice').toFixed(0),
      (speed('sluice') / speed('bare proxy')).toFixed(2),
      p50('bare proxy').toFixed(2),
      p50('sluice').toFixed(2),
      (p50('sluice') - p50('bare proxy')).toFixed(2),
      p99('bare proxy').toFixed(1),
      p99('sluice').toFixed(1),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
  const shares = [...cpu].map(([name, used]) => `${name} ${((used * 1000) / jobsCounted).toFixed(3)}`);
  console.log(`\nCPU ms a job at ${most} clients, the index included: ${shares.join(', ')}`);
}
