import type { JobErrorCode, NextAttempt, Retrying, Started } from '@sluice/contracts';

/** What the stream says last of a job's attempts. Sequences are the stream's, times milliseconds since 1970. */
export type AttemptHistory = {
  readonly lastStarted: {
    readonly sequence: number;
    readonly storedAt: number;
    readonly event: Started;
  } | null;
  readonly lastRetrying: {
    readonly sequence: number;
    readonly storedAt: number;
    readonly event: Retrying;
  } | null;
  readonly lastReleased: { readonly sequence: number; readonly storedAt: number } | null;
};

export const NO_HISTORY: AttemptHistory = { lastStarted: null, lastRetrying: null, lastReleased: null };

export type StartQuestion = {
  /** Of the message that was delivered. */
  readonly sequence: number;
  readonly delivery: number;
  readonly history: AttemptHistory;
  /** The job's own. */
  readonly aiProfileId: string;
  readonly maxAttempts: number;
  /** ISO 8601, or null. */
  readonly deadlineAt: string | null;
  /** Milliseconds since 1970. */
  readonly now: number;
};

/** Which attempt it is. A round tries the job's own profile and then its fallbacks; `maxAttempts` bounds the rounds. */
export type Turn = {
  readonly number: number;
  readonly round: number;
  readonly aiProfileId: string;
  readonly reason?: NonNullable<Started['reason']>;
  /** What failed before it in its round; null where it is the round's first. */
  readonly before: NonNullable<NextAttempt['fallback']> | null;
};

export type StartDecision =
  | { readonly action: 'run'; readonly turn: Turn }
  | {
      readonly action: 'finish';
      readonly status: 'failed' | 'expired';
      readonly code: JobErrorCode;
      readonly message: string;
    };

/** Whether a delivered job is attempted, as which attempt and why; or ends here, without a provider call. */
export function decideStart(question: StartQuestion): StartDecision {
  const { deadlineAt, now, maxAttempts } = question;
  if (deadlineAt !== null && now >= Date.parse(deadlineAt)) {
    return {
      action: 'finish',
      status: 'expired',
      code: 'deadline_exceeded',
      message: `The deadline ${deadlineAt} passed before the work could begin.`,
    };
  }
  const turn = turnOf(question);
  if (question.delivery > 1 && turn.round > maxAttempts) {
    const lost = turn.round - 1;
    return {
      action: 'finish',
      status: 'failed',
      code: 'internal',
      message: `The runner was lost ${lost === 1 ? 'once' : `${lost} times`}; no attempt is left.`,
    };
  }
  return { action: 'run', turn };
}

/** The last event that ended an attempt says what follows; where there is none, the attempt's runner was lost. */
function turnOf({ sequence, history, aiProfileId }: StartQuestion): Turn {
  const { lastStarted, lastRetrying, lastReleased } = history;
  if (!lastStarted) return { number: 1, round: 1, aiProfileId, before: null };
  const last = lastStarted.event;
  const number = last.number + 1;
  const round = last.round ?? last.number;
  if (lastRetrying && lastRetrying.sequence > lastStarted.sequence) {
    const { next } = lastRetrying.event;
    return next?.fallback
      ? { number, round: next.round, ...fallbackTurn(next.fallback) }
      : { number, round: next?.round ?? round + 1, aiProfileId, reason: 'retry', before: null };
  }
  if (lastReleased && lastReleased.sequence > lastStarted.sequence) {
    const next = lastRetrying?.event.next;
    const before = next?.round === round ? (next.fallback ?? null) : null;
    return { number, round, aiProfileId: last.aiProfileId, reason: 'handed_back', before };
  }
  return last.attempt.sequence === sequence
    ? { number, round: round + 1, aiProfileId: last.aiProfileId, reason: 'lease_lost', before: null }
    : { number, round: round + 1, aiProfileId, reason: 'retry', before: null };
}

function fallbackTurn(
  fallback: NonNullable<NextAttempt['fallback']>,
): Pick<Turn, 'aiProfileId' | 'reason' | 'before'> {
  return { aiProfileId: fallback.aiProfileId, reason: 'fallback', before: fallback };
}
