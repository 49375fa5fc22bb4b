import { setTimeout as sleep } from 'node:timers/promises';
import type { Supervised } from './supervise.ts';
import { seconds } from './terminal.ts';

export type ReadyDeps = {
  readonly services: readonly Supervised[];
  readonly throwIfEnding: () => void;
  readonly report: (line: string) => void;
};

const ASK_EVERY_MS = 50;
const ANSWER_TIMEOUT_MS = 5_000;
const SAY_EVERY_MS = 5_000;
const GIVE_UP_MS = 120_000;
const HOPELESS_ENDS = 4;

/** Asks the gateway until it is ready. Throws when that takes too long or a service ends again and again. */
export const waitReady = async (
  url: string,
  { services, throwIfEnding, report }: ReadyDeps,
): Promise<void> => {
  const begin = performance.now();
  let sayAt = SAY_EVERY_MS;
  for (;;) {
    throwIfEnding();
    const answer = await askReady(url);
    if (answer === undefined) return;
    const waited = performance.now() - begin;
    const hopeless = services.find((service) => service.ends() >= HOPELESS_ENDS);
    if (hopeless) throw new Error(`${hopeless.name} does not stay up; its log says why`);
    if (waited > GIVE_UP_MS) throw new Error(`the gateway is not ready after ${seconds(waited)}: ${answer}`);
    if (waited > sayAt) {
      report(`waiting for the gateway, ${seconds(waited)}: ${answer}`);
      sayAt += SAY_EVERY_MS;
    }
    await sleep(ASK_EVERY_MS);
  }
};

/** Undefined when it is ready, else what it said. */
const askReady = async (url: string): Promise<string | undefined> => {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
    const text = await response.text();
    return response.ok ? undefined : `${response.status} ${text.slice(0, 200)}`;
  } catch {
    return 'no answer yet';
  }
};
