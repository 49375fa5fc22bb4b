import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '@sluice/contracts';
import { type DeleteTeamDeps, removeTeam } from './delete-team.ts';
import { noteDeleted } from './deleted-teams.ts';

const SWEEP_INTERVAL_MS = 60_000;

/**
 * Removes what turned up of deleted teams after their deletion: the outcome of a call that was under way, a job of a
 * gateway that had not heard. A team is forgotten when nothing of it was left for AFTERMATH_MS.
 */
export async function sweepDeletedTeams(deps: DeleteTeamDeps): Promise<void> {
  const due = await deps.deletedTeams.find({ sweepAt: { $lte: deps.now() } }, { limit: 100 }).toArray();
  for (const { _id: teamId, sweepAt } of due) {
    const { left, removed } = await removeTeam(deps, teamId, newId());
    const found = removed.jobs + removed.messages + removed.objects > 0;
    if (found) {
      deps.log.info({ teamId, ...removed }, 'what was left of a deleted team is removed');
    }
    if (left === 'nothing' && !found) await deps.deletedTeams.deleteOne({ _id: teamId, sweepAt });
    else if (left !== 'all') await noteDeleted(deps.deletedTeams, teamId, deps.now());
  }
}

/** Sweeps once a minute until it is stopped. */
export function startSweeping(deps: DeleteTeamDeps): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const sweeping = (async () => {
    while (!signal.aborted) {
      await sweepDeletedTeams(deps).catch((error: unknown) => {
        if (!signal.aborted) deps.log.warn({ err: error }, 'deleted teams could not be swept; trying again');
      });
      await sleep(SWEEP_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
  })();
  return {
    stop: () => {
      stopping.abort();
      return sweeping;
    },
  };
}
