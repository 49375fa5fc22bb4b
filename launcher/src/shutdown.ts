import { watchStarter } from './starter.ts';
import type { Supervised } from './supervise.ts';
import { paint, say, seconds } from './terminal.ts';

export type Shutdown = {
  /** Notes what runs, in the order of starting. What stands in one group may stop at the same time. */
  readonly add: (group: readonly Supervised[]) => void;
  /** Throws once the end has begun: nothing new is started then. */
  readonly throwIfEnding: () => void;
  readonly ending: () => boolean;
  /** Stops the groups one after the other, the last started first, a line for each. A second call waits for the first. */
  readonly run: () => Promise<void>;
  /** Ends everything at once. */
  readonly force: () => Promise<void>;
};

/** The orderly end of everything that was started. */
export const createShutdown = (): Shutdown => {
  const groups: (readonly Supervised[])[] = [];
  let end: Promise<void> | undefined;

  const stopGroups = async (): Promise<void> => {
    for (const group of groups.toReversed()) await Promise.all(group.map(stopOne));
  };
  const throwIfEnding = (): void => {
    if (end !== undefined) throw new Error('stopping');
  };
  return {
    add: (group) => {
      groups.push(group);
      if (end !== undefined) void Promise.all(group.map(stopOne));
    },
    throwIfEnding,
    ending: () => end !== undefined,
    run: () => {
      end ??= stopGroups();
      return end;
    },
    force: async () => {
      await Promise.all(groups.flat().map((one) => one.kill9()));
    },
  };
};

const stopOne = async (supervised: Supervised): Promise<void> => {
  const begin = Date.now();
  await supervised.stop();
  say(
    `${paint('dim', '■')} ${supervised.name.padEnd(18)} stopped ${paint('dim', seconds(Date.now() - begin))}`,
  );
};

const SAME_KEYPRESS_MS = 800;
const STARTER_CHECK_MS = 1_000;

/**
 * Calls `stop` when a signal asks for the end, or the npm that started us is gone; `force` when a signal asks again.
 * One Ctrl-C can arrive several times: from the terminal, and passed on by npm.
 */
export const onEndRequest = (stop: () => void, force: () => void): void => {
  let askedAt: number | undefined;
  const ask = (): void => {
    const now = performance.now();
    if (askedAt === undefined) {
      askedAt = now;
      stop();
    } else if (now - askedAt > SAME_KEYPRESS_MS) force();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, ask);
  // A closed terminal must not end us in the middle of stopping.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  const starterLives = watchStarter();
  // It also keeps this process alive: nothing that was started does.
  setInterval(() => {
    if (askedAt === undefined && !starterLives()) ask();
  }, STARTER_CHECK_MS);
};
