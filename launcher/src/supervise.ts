import { setTimeout as sleep } from 'node:timers/promises';
import type { Exit } from '@sluice/embedded';
import { afterEnd, NO_RESTARTS, pauseBeforeRestart } from './restart-pause.ts';
import { seconds } from './terminal.ts';

/** Something that was started and can end. */
export type Running = {
  readonly exited: Promise<Exit>;
  readonly stop: () => Promise<Exit>;
  readonly kill9: () => Promise<Exit>;
};

export type Supervision<Started extends Running> = {
  readonly name: string;
  /** Called for the first start and every further one; `previous` is what ran before. */
  readonly start: (previous: Started | undefined) => Promise<Started>;
  readonly report: (line: string) => void;
};

export type Supervised<Started extends Running = Running> = {
  readonly name: string;
  /** Settles with the first start. */
  readonly first: Promise<Started>;
  /** How often it has ended by itself. */
  readonly ends: () => number;
  /** Stops it for good, a start under way included. */
  readonly stop: () => Promise<void>;
  /** The same by force. */
  readonly kill9: () => Promise<void>;
};

/** Starts something and starts it again whenever it ends by itself, after a pause that grows. */
export const supervise = <Started extends Running>(
  supervision: Supervision<Started>,
): Supervised<Started> => {
  const { name, start, report } = supervision;
  const halt = new AbortController();
  let ends = 0;
  let running: Started | undefined;

  const runUntilEnd = async (previous: Started | undefined): Promise<string> => {
    try {
      running = await start(previous);
    } catch (error) {
      return `did not start again: ${error instanceof Error ? error.message : String(error)}`;
    }
    return endText(await running.exited);
  };

  const keepUp = async (began: Started): Promise<void> => {
    let last = began;
    let restarts = NO_RESTARTS;
    let startedAt = Date.now();
    let what = endText(await began.exited);
    while (!halt.signal.aborted) {
      ends += 1;
      restarts = afterEnd(restarts, Date.now() - startedAt);
      const pause = pauseBeforeRestart(restarts);
      report(`${name} ${what}; it starts again in ${seconds(pause)}`);
      await sleep(pause, undefined, { signal: halt.signal }).catch(() => {});
      if (halt.signal.aborted) return;
      last = running ?? last;
      startedAt = Date.now();
      what = await runUntilEnd(last);
    }
  };

  const first = start(undefined).then((began) => {
    running = began;
    return began;
  });
  const kept = first.then(keepUp, () => {});

  const end = async (how: 'stop' | 'kill9'): Promise<void> => {
    halt.abort();
    await first.catch(() => {});
    await running?.[how]();
    // A start that was under way when the halt came ends here too.
    const settled = kept.then(() => true);
    while (!(await Promise.race([settled, sleep(50, false)]))) await running?.[how]();
  };
  return { name, first, ends: () => ends, stop: () => end('stop'), kill9: () => end('kill9') };
};

const endText = ({ code, signal }: Exit): string =>
  signal ? `was ended by ${signal}` : `ended with exit code ${code ?? 'unknown'}`;
