// Streams of 100 tokens, 5 ms apart: from the demo provider itself, through a bare proxy, and through Sluice, in turn.
// Prints rounds as they come, then tables of medians. BENCH_SECONDS (5) is the length of one measurement, BENCH_ROUNDS
// (3) how often each is repeated, BENCH_STREAMS (64,256) how many streams run at once, BENCH_LOADERS (2) how many
// processes ask, BENCH_SPREAD_MS (500) over how long they begin.
import { startChild } from '../child.ts';
import { startSurroundings } from '../surroundings.ts';
import { startLoaders } from './loaders.ts';
import { watchProcesses } from './process-watch.ts';
import {
  printAims,
  printFigures,
  printRound,
  printUse,
  type Round,
  TARGETS,
  type TargetName,
} from './report.ts';
import { type Ask, OPENAI_WIRE, SLUICE_WIRE } from './stream-client.ts';

const seconds = Number(process.env['BENCH_SECONDS'] ?? 5);
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 3);
const concurrency = (process.env['BENCH_STREAMS'] ?? '64,256').split(',').map(Number);
const loaderCount = Number(process.env['BENCH_LOADERS'] ?? 2);
const spreadMs = Number(process.env['BENCH_SPREAD_MS'] ?? 500);

const model = 'demo?chunks=100&interval=5';
const { providerUrl, start, stop } = await startSurroundings();
// As many slots as streams would let each new one wait until the pull of a slot just freed has reached the server.
const stack = await start('each', { RUNNER_SLOTS: String(2 * Math.max(...concurrency)) });
const proxy = await startChild<{ url: string; token: string }>('./bare-proxy.ts', {
  PROVIDER_URL: providerUrl,
  STREAM_MODEL: model,
});
const { token } = await stack.register();
const aiProfileId = await stack.createProfile(token, model);
const messages = [{ role: 'user', content: 'What does a sluice do? Answer in one sentence.' }];
const body = JSON.stringify({ aiProfileId, messages, stream: true });
const wireBody = JSON.stringify({ model, messages, stream: true, stream_options: { include_usage: true } });
const headersFor = (bearer: string) => ({
  'content-type': 'application/json',
  accept: 'text/event-stream',
  authorization: `Bearer ${bearer}`,
});
const direct = new URL(providerUrl);
const targets: Record<TargetName, { url: string; ask: Ask }> = {
  direct: {
    url: direct.origin,
    ask: {
      ...{ path: `${direct.pathname}/chat/completions`, body: wireBody, wire: OPENAI_WIRE },
      headers: headersFor('sk-demo-key-1234'),
    },
  },
  'bare proxy': {
    url: proxy.first.url,
    ask: { path: '/chat/stream', headers: headersFor(proxy.first.token), body, wire: OPENAI_WIRE },
  },
  sluice: {
    url: stack.url,
    ask: { path: '/api/llm/chat', headers: headersFor(token), body, wire: SLUICE_WIRE },
  },
};
const expected = await wholeText();
const processes = new Map([...stack.processes, ['bare proxy', proxy.pid]]);
const loaders = startLoaders(loaderCount);
const results: Round[] = [];

const warmUp = { clients: Math.max(...concurrency), seconds: 2, spreadMs, expected };
for (const target of TARGETS) {
  console.log(`warming up: ${target}`);
  await loaders.measure({ ...targets[target], ...warmUp });
}
await stack.untilProjected();

for (const clients of concurrency) {
  for (let round = 1; round <= rounds; round += 1) {
    for (const target of TARGETS) {
      const watch = await watchProcesses(processes);
      const measured = await loaders.measure({ ...targets[target], clients, seconds, spreadMs, expected });
      watch.still();
      if (target === 'sluice') await stack.untilProjected();
      const result: Round = { clients, target, measured, use: await watch.end() };
      results.push(result);
      printRound(round, result);
    }
  }
}
printFigures(results, `${rounds} rounds of ${seconds} s`);
printUse(results);
printAims(results);
loaders.stop();
await stop();
proxy.stop();
process.exit(0);

/** What each stream must say, as the provider says it at once; each byte a character. */
async function wholeText(): Promise<string> {
  const answer = await fetch(`${providerUrl}/chat/completions`, {
    method: 'POST',
    headers: headersFor('sk-demo-key-1234'),
    body: JSON.stringify({ model, messages }),
  });
  const completion = (await answer.json()) as { choices: [{ message: { content: string } }] };
  const text = completion.choices[0].message.content;
  if (/["\\]/.test(text)) throw new Error('the text would be escaped: the clients could not cut it out');
  return Buffer.from(text).toString('latin1');
}
