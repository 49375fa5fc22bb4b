import type { Circuit, JobErrorCode } from '@sluice/contracts';

export type CircuitLimits = {
  /** How many failures one after the other open a circuit. */
  readonly failures: number;
  /** How long it stays open before one call may try, in milliseconds. */
  readonly openMs: number;
  /** Bound of a provider call, in milliseconds: a probe that said nothing for so long is over. */
  readonly probeMs: number;
};

/** `park`: no call now; look again at `until`. Times in milliseconds since 1970. */
export type Entry =
  | { readonly action: 'pass' }
  | { readonly action: 'probe'; readonly circuit: Circuit }
  | { readonly action: 'park'; readonly until: number };

export type Moment = {
  readonly now: number;
  /** From 0 to below 1. */
  readonly random: number;
};

/**
 * Whether a job may call. After an open circuit's time one job may, and while it does the others wait. They come back
 * spread over a quarter of the time that a circuit stays open, not all in one moment.
 */
export function decideEntry(
  circuit: Circuit | null,
  jobId: string,
  { openMs, probeMs }: CircuitLimits,
  { now, random }: Moment,
): Entry {
  if (!circuit || circuit.openUntil === null) return { action: 'pass' };
  const spread = (from: number): Entry => ({
    action: 'park',
    until: Math.ceil(from + (random * openMs) / 4),
  });
  const openUntil = Date.parse(circuit.openUntil);
  if (now < openUntil) return spread(openUntil);
  const { probe } = circuit;
  // A job whose runner died in the middle of its probe is delivered again, and goes on with it.
  if (probe && probe.jobId !== jobId && now < Date.parse(probe.until)) {
    return spread(Math.min(Date.parse(probe.until), now + openMs / 4));
  }
  const until = new Date(now + probeMs).toISOString();
  return {
    action: 'probe',
    circuit: { ...circuit, probe: { jobId, until }, at: new Date(now).toISOString() },
  };
}

export type CallEnd = 'answered' | 'failed' | 'dropped';

/** What a call that was let through makes of its circuit; null where it stays as it is. */
export function decideAfterCall(
  circuit: Circuit | null,
  call: { readonly jobId: string; readonly probe: boolean; readonly end: CallEnd },
  { failures: limit, openMs }: CircuitLimits,
  now: number,
): Circuit | null {
  const at = new Date(now).toISOString();
  const open = circuit !== null && circuit.openUntil !== null;
  const own = call.probe && circuit?.probe?.jobId === call.jobId;
  // An end that comes late, of a call from before the circuit opened or of a probe that took too long, says nothing new.
  if (open && !own) return null;
  if (call.end === 'dropped') return open ? { ...circuit, probe: null, at } : null;
  if (call.end === 'answered') {
    return circuit && (open || circuit.failures > 0)
      ? { v: 1, failures: 0, openUntil: null, probe: null, at }
      : null;
  }
  const failures = (circuit?.failures ?? 0) + 1;
  const opens = open || failures >= limit;
  return {
    v: 1,
    failures,
    openUntil: opens ? new Date(now + openMs).toISOString() : null,
    probe: null,
    at,
  };
}

const COUNTED: readonly JobErrorCode[] = [
  'provider_unavailable',
  'provider_overloaded',
  'provider_connect_timeout',
  'provider_first_token_timeout',
  'provider_idle_timeout',
  'provider_timeout',
];

/**
 * What an attempt's outcome says of its provider. Any answer shows that it is there, a refusal too; a rate limit has a
 * Retry-After of its own. What never reached it, or was stopped by us, says nothing.
 */
export function decideCallEnd(code: JobErrorCode | null): CallEnd {
  if (code === null) return 'answered';
  if (COUNTED.includes(code)) return 'failed';
  return code.startsWith('provider_') || code === 'output_invalid' ? 'answered' : 'dropped';
}
