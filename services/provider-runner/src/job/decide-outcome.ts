export type Backoff = {
  readonly baseMs: number;
  readonly maxMs: number;
  /** What a provider asks for with Retry-After is kept up to this. */
  readonly retryAfterMaxMs: number;
};

export type OutcomeQuestion = {
  readonly failure: { readonly retryable: boolean; readonly retryAfterMs?: number };
  /** The failed attempt included. */
  readonly attemptsUsed: number;
  readonly maxAttempts: number;
  /** ISO 8601, or null. */
  readonly deadlineAt: string | null;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** From 0 to below 1. */
  readonly random: number;
  readonly backoff: Backoff;
};

/** `at` in milliseconds since 1970. */
export type OutcomeDecision =
  | { readonly action: 'finish' }
  | { readonly action: 'retry'; readonly at: number };

/**
 * Whether a failed attempt is followed by another, and when: exponential backoff with full jitter ("Exponential
 * Backoff And Jitter", AWS Architecture Blog), never before the provider's own Retry-After.
 */
export function decideOutcome(question: OutcomeQuestion): OutcomeDecision {
  const { failure, attemptsUsed, maxAttempts, deadlineAt, now, backoff } = question;
  if (!failure.retryable || attemptsUsed >= maxAttempts) return { action: 'finish' };
  const ceiling = Math.min(backoff.maxMs, backoff.baseMs * 2 ** (attemptsUsed - 1));
  const asked = Math.min(failure.retryAfterMs ?? 0, backoff.retryAfterMaxMs);
  const at = Math.ceil(now + Math.max(asked, question.random * ceiling));
  if (deadlineAt !== null && at >= Date.parse(deadlineAt)) return { action: 'finish' };
  return { action: 'retry', at };
}
