/**
 * Publishes of one turn of the event loop leave together. The client writes to its socket once for each callback that
 * published; requests that arrive on many sockets at once would cost a system call each, here and in the server.
 * Waiting for the end of the turn takes some microseconds (docs/performance.md has the measurement).
 */
const waiting: (() => void)[] = [];

const release = (): void => {
  for (const go of waiting.splice(0)) go();
};

/** Resolves when this turn's input has been read. */
export const turnEnd = (): Promise<void> =>
  new Promise((resolve) => {
    if (waiting.push(resolve) === 1) setImmediate(release);
  });
