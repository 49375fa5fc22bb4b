import { AppError, type ErrorDetail } from '@sluice/contracts';
import { invalid } from './decide-profile.ts';

/** Who falls back to whom in a team; a profile without fallbacks need not be there. */
export type FallbackGraph = ReadonlyMap<string, readonly string[]>;

const path = (index: number): string => `fallbackProfileIds.${index}`;

/**
 * Throws AppError `validation_failed` for a fallback that is named twice, is the profile itself or leads back to it,
 * over however many profiles: the whole graph of a team is one query, and a cycle that is let in once would have to be
 * looked for at every call. Two changes at one moment can still close a circle together, without transactions: whoever
 * follows fallbacks visits each profile once.
 */
export function decideFallbacks(profileId: string, wanted: readonly string[], graph: FallbackGraph): void {
  const faults = wanted.flatMap((id, index): ErrorDetail[] => {
    if (id === profileId) return [{ path: path(index), message: 'is the profile itself' }];
    if (wanted.indexOf(id) < index) return [{ path: path(index), message: 'is named twice' }];
    return leadsTo(profileId, id, graph)
      ? [{ path: path(index), message: 'leads back to this profile' }]
      : [];
  });
  if (faults.length > 0) throw invalid(...faults);
}

function leadsTo(goal: string, from: string, graph: FallbackGraph): boolean {
  const seen = new Set([from]);
  for (const id of seen) {
    if (id === goal) return true;
    for (const next of graph.get(id) ?? []) seen.add(next);
  }
  return false;
}

/** Throws AppError `not_found` naming every fallback that is no profile of the team. */
export function requireAll(wanted: readonly string[], existing: readonly string[]): void {
  const details = wanted.flatMap((id, index) =>
    existing.includes(id) ? [] : [{ path: path(index), message: 'names no AI profile of this team' }],
  );
  if (details.length > 0) throw new AppError('not_found', 'A fallback profile was not found.', { details });
}

/** The refusal to delete a profile that others fall back to. */
export function isFallbackOf(others: readonly { id: string; name: string }[]): AppError {
  const details = others.map(({ id, name }) => ({
    path: 'fallbackProfileIds',
    message: `is a fallback of ${id} (${name})`,
  }));
  const names = others.map(({ id }) => id).join(', ');
  return new AppError('conflict', `Other profiles fall back to this one: ${names}.`, { details });
}
