import type { Command } from '@sluice/contracts';
import type { Breaker, Pass } from '../breaker/breaker.ts';
import type { NameCircuit } from '../breaker/circuit-name.ts';
import type { CallableProfile } from '../keys/open-profile.ts';
import type { ProfileCache } from '../keys/profile-cache.ts';
import { fallbacksAfter } from './decide-fallbacks.ts';

export type ChooseDeps = {
  readonly profiles: ProfileCache;
  readonly breaker: Breaker;
  readonly nameCircuit: NameCircuit;
};

/** A profile to call, or that none of the profiles left may be called before `until` (milliseconds since 1970). */
export type Choice =
  | {
      readonly action: 'call';
      readonly aiProfileId: string;
      /** Null where it cannot be read or opened: the attempt will say why. */
      readonly opened: CallableProfile | null;
      readonly pass: Pass | null;
      /** Until when the turn's own profile may not be called, where a fallback was taken in its place. */
      readonly passedOverUntil: number | null;
    }
  | { readonly action: 'park'; readonly until: number };

/**
 * Takes a job's profile of this turn, or, while its circuit is open, the first of its fallbacks whose circuit is not.
 * Whoever is given a pass reports its end to the breaker. Never throws.
 */
export async function chooseProfile(
  deps: ChooseDeps,
  command: Command,
  turn: { readonly aiProfileId: string },
): Promise<Choice> {
  const candidates = [turn.aiProfileId];
  let until = Number.POSITIVE_INFINITY;
  let ownUntil: number | null = null;
  for (const [place, aiProfileId] of candidates.entries()) {
    const opened = await openOrNull(deps, command, aiProfileId);
    const circuit = opened && (await deps.nameCircuit(command.kind, opened).catch(() => null));
    const passedOverUntil = place === 0 ? null : ownUntil;
    if (!circuit) return { action: 'call', aiProfileId, opened, pass: null, passedOverUntil };
    const admission = await deps.breaker.admit(circuit, command.jobId);
    if (admission.admitted) {
      return { action: 'call', aiProfileId, opened, pass: admission.pass, passedOverUntil };
    }
    until = Math.min(until, admission.until);
    if (place === 0) ownUntil = admission.until;
    if (place === 0) candidates.push(...(await fallbacksOf(deps, command, aiProfileId)));
  }
  return { action: 'park', until };
}

/** The fallbacks after a profile, by the job's own profile as it is now; none while that cannot be read. */
export async function fallbacksOf(
  deps: Pick<ChooseDeps, 'profiles'>,
  command: Command,
  aiProfileId: string,
): Promise<readonly string[]> {
  const own = await openOrNull(deps, command, command.aiProfileId);
  return own ? fallbacksAfter(own.profile, aiProfileId) : [];
}

function openOrNull(
  { profiles }: Pick<ChooseDeps, 'profiles'>,
  { teamId, requestId }: Command,
  aiProfileId: string,
): Promise<CallableProfile | null> {
  return profiles.get(teamId, aiProfileId, requestId).catch(() => null);
}
