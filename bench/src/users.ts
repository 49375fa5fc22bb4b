// What it costs that each service logs in to NATS as a user of its own, in an account of its own (ADR 0049):
// beside the same services logging in as one user who may do everything, in turn, in one run. BENCH_SECONDS (5) is the
// length of one measurement, BENCH_ROUNDS (5) how often each is repeated, BENCH_CLIENTS (1,64) how many ask at once.
import { closedLoop, type Measured, type Target } from './closed-loop.ts';
import { cpuSeconds } from './cpu-time.ts';
import { median } from './statistics.ts';
import { type MeasuredStack, startSurroundings, type Users } from './surroundings.ts';

const seconds = Number(process.env['BENCH_SECONDS'] ?? 5);
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
const concurrency = (process.env['BENCH_CLIENTS'] ?? '1,64').split(',').map(Number);

type Candidate = { readonly users: Users; readonly stack: MeasuredStack; readonly target: Target };
type Result = {
  readonly clients: number;
  readonly users: Users;
  readonly measured: Measured;
  natsMs: number;
};

const { start, stop } = await startSurroundings();
const candidates: Candidate[] = [];
for (const users of ['one', 'each'] as const) candidates.push(await candidateOf(users));
const results: Result[] = [];

for (const { target } of candidates) await closedLoop(target, 16, 2);
for (const clients of concurrency) {
  for (let round = 1; round <= rounds; round += 1) {
    // Who comes first alternates: the first of a pair finds a colder machine.
    const pair = round % 2 === 0 ? candidates.toReversed() : candidates;
    for (const candidate of pair) results.push(await measure(clients, round, candidate));
  }
}
printTable();
await stop();
process.exit(0);

async function candidateOf(users: Users): Promise<Candidate> {
  const stack = await start(users);
  const { token } = await stack.register();
  const messages = [{ role: 'user', content: 'What does a sluice do? Answer in one sentence.' }];
  const body = JSON.stringify({ aiProfileId: await stack.createProfile(token, 'demo'), messages });
  const headers = {
    'content-type': 'application/json',
    authorization: `Bearer ${token}`,
    prefer: 'wait=30',
  };
  return { users, stack, target: { url: stack.url, path: '/api/llm/chat', headers, body } };
}

async function measure(clients: number, round: number, { users, stack, target }: Candidate): Promise<Result> {
  const nats = stack.processes.get('nats-server') ?? -1;
  const before = (await cpuSeconds(nats)) ?? 0;
  const measured = await closedLoop(target, clients, seconds);
  await stack.untilProjected();
  const natsMs = ((((await cpuSeconds(nats)) ?? 0) - before) * 1000) / measured.requests;
  const { requestsPerSecond, p50Ms, failures } = measured;
  const figures = `${requestsPerSecond.toFixed(0)} requests/s  p50 ${p50Ms.toFixed(2)} ms  nats ${natsMs.toFixed(3)} ms`;
  const failed = failures > 0 ? `  ${failures} FAILED` : '';
  console.log(`${clients} clients  round ${round}  ${users.padEnd(4)}  ${figures}${failed}`);
  return { clients, users, measured, natsMs };
}

function printTable(): void {
  console.log(`\nMedians of ${rounds} rounds of ${seconds} s\n`);
  console.log('| clients | users | requests/s | p50 ms | p99 ms | CPU ms of nats-server a job |');
  console.log('|---|---|---|---|---|---|');
  for (const clients of concurrency) {
    for (const { users } of candidates) {
      const mine = results.filter((result) => result.clients === clients && result.users === users);
      const of = (read: (result: Result) => number) => median(mine.map(read));
      const cells = [
        clients,
        users,
        of(({ measured }) => measured.requestsPerSecond).toFixed(0),
        of(({ measured }) => measured.p50Ms).toFixed(2),
        of(({ measured }) => measured.p99Ms).toFixed(1),
        of(({ natsMs }) => natsMs).toFixed(3),
      ];
      console.log(`| ${cells.join(' | ')} |`);
    }
  }
}
