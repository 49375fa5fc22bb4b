import { Worker } from 'node:worker_threads';
import { createTurns } from './turns.ts';
import type { CheckRequest, Verdict } from './verdict.ts';

type Task = {
  readonly request: CheckRequest;
  readonly answer: PromiseWithResolvers<Verdict>;
  readonly patience: NodeJS.Timeout;
};
type Thread = { readonly worker: Worker; task: Task | null; timer: NodeJS.Timeout | undefined };

export type PoolSettings = {
  readonly threads: number;
  /** Of one check, in milliseconds. */
  readonly boundMs: number;
  /** Of one check before it begins, in milliseconds. */
  readonly waitMs: number;
  /** How many checks of one group may wait. */
  readonly waitingPerGroup: number;
};

/** Of the compiled schemas and the document at hand; what needs more fails alone, not the process. */
const MEMORY_MB = 256;

/**
 * Threads that check one document each at a time. A pattern that backtracks or a schema that explodes costs `boundMs`
 * of one thread, which is then ended and replaced. Groups take turns, so that one with many slow schemas delays its
 * own. Threads see no environment: a schema becomes code in them.
 */
export function createThreadPool({ threads, boundMs, waitMs, waitingPerGroup }: PoolSettings) {
  const all = new Set<Thread>();
  const idle: Thread[] = [];
  const waiting = createTurns<Task>(waitingPerGroup);
  let closed = false;

  const start = (): void => {
    const worker = new Worker(new URL('./check-thread.ts', import.meta.url), {
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    });
    const thread: Thread = { worker, task: null, timer: undefined };
    all.add(thread);
    worker.on('message', (message: Verdict | 'ready') => {
      if (message !== 'ready') settle(thread, message);
      worker.unref();
      idle.push(thread);
      next();
    });
    worker.on('error', (error: Error & { code?: string }) => {
      const reason =
        error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'checking it takes too much memory' : error.message;
      drop(thread, { outcome: 'unchecked', reason });
    });
    worker.on('exit', () => drop(thread, { outcome: 'unchecked', reason: 'the check was ended' }));
  };

  const settle = (thread: Thread, verdict: Verdict): void => {
    clearTimeout(thread.timer);
    thread.task?.answer.resolve(verdict);
    thread.task = null;
  };

  const taken = (): Task | null => {
    const task = waiting.next();
    clearTimeout(task?.patience);
    return task;
  };

  const drop = (thread: Thread, verdict: Verdict): void => {
    if (!all.delete(thread)) return;
    // One that never came up would be replaced forever: its task is answered here instead.
    if (!thread.task && !idle.includes(thread)) thread.task = taken();
    const place = idle.indexOf(thread);
    if (place >= 0) idle.splice(place, 1);
    settle(thread, verdict);
    next();
  };

  const next = (): void => {
    while (waiting.size > 0 && idle.length > 0) {
      const thread = idle.pop();
      const task = taken();
      if (!thread || !task) return;
      thread.task = task;
      thread.worker.ref();
      thread.timer = setTimeout(() => {
        drop(thread, { outcome: 'unchecked', reason: `checking it takes longer than ${boundMs} ms` });
        void thread.worker.terminate();
      }, boundMs);
      thread.worker.postMessage(task.request);
    }
    const starting = [...all].filter((thread) => !thread.task && !idle.includes(thread)).length;
    if (!closed && waiting.size > starting && all.size < threads) start();
  };

  return {
    /** `busy` when the group has too many waiting already, or the turn does not come within `waitMs`. */
    run(group: string, request: CheckRequest): Promise<Verdict> {
      const answer = Promise.withResolvers<Verdict>();
      const patience = setTimeout(() => {
        const reason = `its turn did not come within ${waitMs} ms`;
        if (waiting.remove(group, task)) answer.resolve({ outcome: 'busy', why: 'late', reason });
      }, waitMs);
      const task: Task = { request, answer, patience };
      if (waiting.add(group, task)) {
        next();
      } else {
        clearTimeout(patience);
        const reason = `${waitingPerGroup} checks of the same team are waiting already`;
        answer.resolve({ outcome: 'busy', why: 'crowded', reason });
      }
      return answer.promise;
    },
    async close(): Promise<void> {
      closed = true;
      await Promise.all([...all].map(({ worker }) => worker.terminate()));
      for (let task = taken(); task; task = taken()) {
        task.answer.resolve({ outcome: 'unchecked', reason: 'the check was ended' });
      }
    },
  };
}
