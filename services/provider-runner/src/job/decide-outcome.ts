import type { JobError, NextAttempt } from '@sluice/contracts';
import type { Turn } from './decide-start.ts';

export type Backoff = {
  readonly baseMs: number;
  readonly maxMs: number;
  /** What a provider asks for with Retry-After is kept up to this. */
  readonly retryAfterMaxMs: number;
};

export type OutcomeQuestion = {
  readonly failure: { readonly error: JobError; readonly retryAfterMs?: number; readonly unable?: true };
  /** The attempt that failed. */
  readonly turn: Pick<Turn, 'round' | 'before'>;
  /** Whether it was an attempt of a fallback. */
  readonly onFallback: boolean;
  /** The fallbacks after its profile, in order. */
  readonly fallbacks: readonly string[];
  /** Whether the client may have seen some of its answer. */
  readonly hasOutput: boolean;
  readonly maxAttempts: number;
  /** ISO 8601, or null. */
  readonly deadlineAt: string | null;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** From 0 to below 1. */
  readonly random: number;
  readonly backoff: Backoff;
};

export type OutcomeDecision =
  | { readonly action: 'finish'; readonly error: JobError }
  /** `at` in milliseconds since 1970; a fallback is tried at once. */
  | { readonly action: 'retry' | 'fallback'; readonly at: number; readonly next: NextAttempt };

/**
 * What follows a failed attempt: the next fallback, at once; or the next round, with exponential backoff and full jitter
 * ("Exponential Backoff And Jitter", AWS Architecture Blog), never before the providers' own Retry-After; or the end.
 */
export function decideOutcome(question: OutcomeQuestion): OutcomeDecision {
  const { failure, turn, onFallback, fallbacks, hasOutput, now, backoff } = question;
  const { round, before } = turn;
  const skipped = onFallback && (failure.unable === true || SKIPPED.includes(failure.error.code));
  // A fallback that could not be used says nothing of the work.
  const error = skipped && before ? before.error : failure.error;
  const mayPass = failure.error.retryable || (before?.mayPass ?? false);
  const asked = now + Math.min(failure.retryAfterMs ?? 0, backoff.retryAfterMaxMs);
  const notBefore = Math.max(asked, before?.notBefore ? Date.parse(before.notBefore) : 0);

  const [aiProfileId] = fallbacks;
  const falls = failure.error.retryable || failure.error.code === 'provider_quota_exceeded' || skipped;
  if (falls && !hasOutput && aiProfileId !== undefined && isBefore(now, question.deadlineAt)) {
    const left = notBefore > now && { notBefore: new Date(notBefore).toISOString() };
    const fallback = { aiProfileId, error, mayPass, ...left };
    return { action: 'fallback', at: now, next: { round, fallback } };
  }
  if (!mayPass || round >= question.maxAttempts) return { action: 'finish', error };
  const ceiling = Math.min(backoff.maxMs, backoff.baseMs * 2 ** (round - 1));
  const at = Math.ceil(Math.max(notBefore, now + question.random * ceiling));
  if (!isBefore(at, question.deadlineAt)) return { action: 'finish', error };
  return { action: 'retry', at, next: { round: round + 1 } };
}

/** The profile is gone, or its key cannot be opened. */
const SKIPPED: readonly string[] = ['profile_unavailable', 'key_unreadable'];

const isBefore = (time: number, deadlineAt: string | null): boolean =>
  deadlineAt === null || time < Date.parse(deadlineAt);
