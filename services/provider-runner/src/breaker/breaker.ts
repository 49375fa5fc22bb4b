import type { JobErrorCode } from '@sluice/contracts';
import type { Log } from '@sluice/messaging';
import type { CircuitStore } from './circuit-store.ts';
import {
  type CircuitLimits,
  decideAfterCall,
  decideCallEnd,
  decideEntry,
  type Entry,
} from './decide-circuit.ts';

/** A call that was let through; to be handed back with its end. */
export type Pass = { readonly circuit: string; readonly jobId: string; readonly probe: boolean };

export type Admission =
  | { readonly admitted: true; readonly pass: Pass }
  /** Milliseconds since 1970. */
  | { readonly admitted: false; readonly until: number };

/** Keeps jobs from a provider that fails all the time (Nygard, Release It!: "Circuit Breaker"), for all runners. */
export type Breaker = {
  admit(circuit: string, jobId: string): Promise<Admission>;
  /** The call is over: with this error code, null when it was answered, undefined when it was stopped by us. */
  report(pass: Pass, code: JobErrorCode | null | undefined): void;
};

export function createBreaker(
  { circuits, log }: { readonly circuits: CircuitStore; readonly log: Log },
  limits: CircuitLimits,
): Breaker {
  const moment = () => ({ now: Date.now(), random: Math.random() });
  return {
    async admit(circuit, jobId) {
      let entry: Entry = decideEntry(circuits.get(circuit), jobId, limits, moment());
      if (entry.action === 'probe') {
        // The stream decides who it is: every runner whose time has come asks for it.
        const stored = await circuits.change(circuit, (known) => {
          entry = decideEntry(known, jobId, limits, moment());
          return entry.action === 'probe' ? entry.circuit : null;
        });
        if (stored) log.info({ circuit, jobId }, 'a provider that failed is tried by one call');
        if (entry.action === 'probe' && !stored) {
          return { admitted: false, until: Date.now() + limits.openMs };
        }
      }
      return entry.action === 'park'
        ? { admitted: false, until: entry.until }
        : { admitted: true, pass: { circuit, jobId, probe: entry.action === 'probe' } };
    },
    report({ circuit, jobId, probe }, code) {
      const call = { jobId, probe, end: code === undefined ? 'dropped' : decideCallEnd(code) } as const;
      const decide = (known: Parameters<typeof decideAfterCall>[0]) =>
        decideAfterCall(known, call, limits, Date.now());
      // Nearly always: a provider that works, and that nobody has seen failing.
      if (decide(circuits.get(circuit)) === null) return;
      void circuits.change(circuit, decide).then((stored) => {
        if (!stored) return;
        if (stored.openUntil !== null && call.end === 'failed') {
          log.warn(
            { circuit, failures: stored.failures, until: stored.openUntil },
            'a provider keeps failing',
          );
        } else if (probe && call.end === 'answered')
          log.info({ circuit }, 'a provider that failed answers again');
      });
    },
  };
}
