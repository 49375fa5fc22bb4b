// Keeps streams open against one target, as a process of its own: told by a message, answers with one.
import { Pool } from 'undici';
import { type Ask, streamOnce } from './stream-client.ts';

/** A stream that says nothing for so long has failed. */
const LONGEST_SILENCE_MS = 20_000;

export type LoaderTask = {
  readonly url: string;
  readonly ask: Ask;
  readonly clients: number;
  readonly seconds: number;
  /** Clients begin one after the other over this time, so that not all ask in one moment. */
  readonly spreadMs: number;
  /** The whole text, each byte a character. */
  readonly expected: string;
};

export type LoaderAnswer = {
  readonly firstMs: readonly number[];
  readonly perTokenMs: readonly number[];
  readonly streamsPerSecond: number;
  /** Truncated, with a gap, or failed. */
  readonly faulty: number;
  readonly cpuSeconds: number;
  readonly tookSeconds: number;
};

process.on('message', (task: LoaderTask) => {
  load(task).then(
    (answer) => process.send?.(answer),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit());

async function load({ url, ask, clients, seconds, spreadMs, expected }: LoaderTask): Promise<LoaderAnswer> {
  const silence = { headersTimeout: LONGEST_SILENCE_MS, bodyTimeout: LONGEST_SILENCE_MS };
  const pool = new Pool(url, { connections: clients, pipelining: 1, ...silence });
  const firstMs: number[] = [];
  const perTokenMs: number[] = [];
  const rates: number[] = [];
  let faulty = 0;
  const begin = performance.now();
  const cpu = process.cpuUsage();

  async function client(number: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, (spreadMs * number) / clients));
    const began = performance.now();
    let streams = 0;
    while (performance.now() - begin < seconds * 1000) {
      const streamed = await streamOnce(pool, ask).catch(() => undefined);
      if (streamed?.whole && streamed.text === expected) {
        streams += 1;
        firstMs.push(streamed.firstMs);
        perTokenMs.push(streamed.perTokenMs);
      } else {
        faulty += 1;
      }
    }
    // Of each client by itself: the last, half-empty moments of a run would tell of its length.
    rates.push(streams / ((performance.now() - began) / 1000));
  }
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  const { user, system } = process.cpuUsage(cpu);
  const tookSeconds = (performance.now() - begin) / 1000;
  await pool.close();
  return {
    firstMs,
    perTokenMs,
    streamsPerSecond: rates.reduce((sum, rate) => sum + rate, 0),
    faulty,
    cpuSeconds: (user + system) / 1e6,
    tookSeconds,
  };
}
