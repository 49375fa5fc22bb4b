import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { percentile } from '../statistics.ts';
import type { LoaderAnswer, LoaderTask } from './loader.ts';

/** One round against one target. Times in milliseconds. */
export type StreamsMeasured = {
  readonly streams: number;
  readonly streamsPerSecond: number;
  readonly firstP50: number;
  readonly firstP99: number;
  readonly perToken: number;
  readonly faulty: number;
  /** CPU seconds of the loaders for each second. */
  readonly loaderCpu: number;
};

export type Loaders = {
  measure(task: LoaderTask): Promise<StreamsMeasured>;
  stop(): void;
};

/** Processes that share the clients of a task among them. */
export function startLoaders(count: number): Loaders {
  const children = Array.from({ length: count }, () =>
    fork(fileURLToPath(new URL('./loader.ts', import.meta.url))),
  );
  return {
    async measure(task) {
      const share = { ...task, clients: task.clients / count };
      const answers = await Promise.all(children.map((child) => ask(child, share)));
      const sum = (read: (answer: LoaderAnswer) => number) =>
        answers.reduce((total, answer) => total + read(answer), 0);
      const first = answers.flatMap(({ firstMs }) => firstMs);
      return {
        streams: first.length,
        streamsPerSecond: sum(({ streamsPerSecond }) => streamsPerSecond),
        firstP50: percentile(first, 0.5),
        firstP99: percentile(first, 0.99),
        perToken: percentile(
          answers.flatMap(({ perTokenMs }) => perTokenMs),
          0.5,
        ),
        faulty: sum(({ faulty }) => faulty),
        loaderCpu: sum(({ cpuSeconds, tookSeconds }) => cpuSeconds / tookSeconds),
      };
    },
    stop() {
      for (const child of children) child.disconnect();
    },
  };
}

async function ask(child: ChildProcess, task: LoaderTask): Promise<LoaderAnswer> {
  const over = new AbortController();
  const ended = once(child, 'exit', over).then(() => Promise.reject(new Error('a loader ended')));
  child.send(task);
  try {
    const [answer] = (await Promise.race([once(child, 'message', over), ended])) as [LoaderAnswer];
    return answer;
  } finally {
    ended.catch(() => undefined);
    over.abort();
  }
}
