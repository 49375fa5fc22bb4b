import type { ServerResponse } from 'node:http';
import type { Command, Finished } from '@sluice/contracts';
import type { Live } from './live.ts';
import type { Watches } from './watches.ts';

/**
 * Waits for the end of a job that is about to be published: `end` resolves with it, or with null after
 * `waitMs` or when the client has gone. `watch` adds the stream as a source, for a job that was published
 * by an earlier request and answers elsewhere.
 */
export function waitForEnd(
  { live, watches }: { live: Live; watches: Watches },
  { teamId, jobId }: Command,
  { waitMs, client }: { waitMs: number; client: ServerResponse },
) {
  const stops: (() => void)[] = [];
  let settled = false;
  let resolveEnd: (finished: Finished | null) => void = () => {};
  const end = new Promise<Finished | null>((resolve) => {
    resolveEnd = resolve;
  });

  function settle(finished: Finished | null): void {
    if (settled) return;
    settled = true;
    for (const stop of stops) stop();
    resolveEnd(finished);
  }

  const timer = setTimeout(() => settle(null), waitMs);
  const onClose = () => settle(null);
  client.once('close', onClose);
  // Who left before this moment closes no more.
  if (client.closed || client.destroyed) setImmediate(onClose);
  stops.push(
    () => clearTimeout(timer),
    () => client.off('close', onClose),
    live.follow(teamId, jobId, { finished: settle }),
  );

  return {
    end,
    abandon: () => settle(null),
    async watch(): Promise<void> {
      const stop = await watches.watch(teamId, jobId, {
        event: (event) => event.type === 'finished' && settle(event.data),
      });
      if (settled) return stop();
      stops.push(stop);
      const finished = await live.readEnd(teamId, jobId);
      if (finished) settle(finished);
    },
  };
}
