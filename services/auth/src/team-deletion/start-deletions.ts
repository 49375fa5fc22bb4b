import { setTimeout as sleep } from 'node:timers/promises';
import type { Removed } from '@sluice/contracts';
import type { Log } from '@sluice/messaging';
import { type RemoveTeamDeps, removeTeam, sweepDeletedTeams } from './remove-team.ts';

export type DeletionsDeps = RemoveTeamDeps & { log: Log };

/** The deletions that this replica works on. */
export type Deletions = {
  /** Works on one. Returns what was removed; null when it has failed for now or takes longer: it goes on by itself. */
  pursue(teamId: string, waitMs: number): Promise<Removed | null>;
  stop(): Promise<void>;
};

const RESUME_INTERVAL_MS = 5_000;
/** A deletion that nobody has worked on for this long is anybody's, in milliseconds; longer than one of its steps. */
const ABANDONED_MS = 30_000;

/** Takes up every deletion that was left unfinished, now and every few seconds. */
export function startDeletions(deps: DeletionsDeps): Deletions {
  const { log, deletions, now } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = new Map<string, Promise<Removed | null>>();
  /** What has failed here is tried again here, before it counts as abandoned. */
  const failed = new Set<string>();

  const run = (teamId: string): Promise<Removed | null> => {
    const known = running.get(teamId);
    if (known) return known;
    failed.delete(teamId);
    const work = removeTeam(deps, teamId, signal)
      .catch((error: unknown) => {
        failed.add(teamId);
        if (!signal.aborted) log.warn({ err: error, teamId }, 'the deletion of a team goes on later');
        return null;
      })
      .finally(() => running.delete(teamId));
    running.set(teamId, work);
    return work;
  };

  const resuming = (async () => {
    // At the start all of them: who worked on one may have ended a moment ago.
    for (let abandonedMs = 0; !signal.aborted; abandonedMs = ABANDONED_MS) {
      try {
        const left = await deletions.abandoned(new Date(now().getTime() - abandonedMs));
        for (const teamId of new Set([...failed, ...left])) await run(teamId);
        await sweepDeletedTeams(deps);
      } catch (error) {
        if (!signal.aborted)
          log.warn({ err: error }, 'unfinished deletions could not be looked up, or deleted teams not swept');
      }
      await sleep(RESUME_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
  })();

  return {
    async pursue(teamId, waitMs) {
      if (signal.aborted) return null;
      const over = new AbortController();
      const bound = sleep(waitMs, undefined, { signal: AbortSignal.any([signal, over.signal]) });
      const removed = await Promise.race([run(teamId), bound.catch(() => undefined)]);
      over.abort();
      return removed ?? null;
    },
    stop: async () => {
      stopping.abort();
      await Promise.all([resuming, ...running.values()]);
    },
  };
}
