import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GuardedProcess } from './guarded-process.ts';

export type Waiting<Answer> = {
  /** What is waited for, for people. */
  readonly what: string;
  readonly process: GuardedProcess;
  readonly logFile: string;
  readonly timeoutMs: number;
  /** Asks once; undefined or an error means not yet. */
  readonly ask: () => Promise<Answer | undefined>;
};

/** Asks a starting server until it answers. Throws with the end of its log when it ends or takes too long. */
export const waitUntil = async <Answer>(waiting: Waiting<Answer>): Promise<Answer> => {
  const deadline = Date.now() + waiting.timeoutMs;
  let ended = false;
  void waiting.process.exited.then(() => {
    ended = true;
  });
  while (!ended) {
    const answer = await waiting.ask().catch(() => undefined);
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) {
      await waiting.process.kill9();
      throw new Error(`${waiting.what}: not within ${waiting.timeoutMs / 1000} s${tail(waiting.logFile)}`);
    }
    await sleep(10);
  }
  throw new Error(`${waiting.what}: the process ended${tail(waiting.logFile)}`);
};

const TAIL_BYTES = 2_000;

const tail = (logFile: string): string => {
  const file = openSync(logFile, 'r');
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(file, buffer, 0, buffer.length, size - buffer.length);
    const lines = buffer.toString('utf8').trimEnd().split('\n').slice(-5);
    return `; the end of ${logFile}:\n${lines.join('\n')}`;
  } finally {
    closeSync(file);
  }
};
