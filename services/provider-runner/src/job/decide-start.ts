import type { JobErrorCode, Started } from '@sluice/contracts';

/** What the stream says of a job's attempts. Sequences are the stream's. */
export type AttemptHistory = {
  readonly started: number;
  readonly released: number;
  readonly lastStarted: {
    readonly sequence: number;
    readonly attemptSequence: number;
    readonly storedAt: number;
  } | null;
  readonly lastReleased: { readonly sequence: number; readonly storedAt: number } | null;
};

export const NO_HISTORY: AttemptHistory = { started: 0, released: 0, lastStarted: null, lastReleased: null };

export type StartQuestion = {
  /** Of the message that was delivered. */
  readonly sequence: number;
  readonly delivery: number;
  readonly history: AttemptHistory;
  readonly maxAttempts: number;
  /** ISO 8601, or null. */
  readonly deadlineAt: string | null;
  /** Milliseconds since 1970. */
  readonly now: number;
};

export type StartDecision =
  | {
      readonly action: 'run';
      readonly number: number;
      /** This attempt included; one that was handed back does not count. */
      readonly attemptsUsed: number;
      readonly reason?: NonNullable<Started['reason']>;
    }
  | {
      readonly action: 'finish';
      readonly status: 'failed' | 'expired';
      readonly code: JobErrorCode;
      readonly message: string;
    };

/** Whether a delivered job is attempted, as which attempt and why; or ends here, without a provider call. */
export function decideStart(question: StartQuestion): StartDecision {
  const { history, deadlineAt, now, maxAttempts } = question;
  if (deadlineAt !== null && now >= Date.parse(deadlineAt)) {
    return {
      action: 'finish',
      status: 'expired',
      code: 'deadline_exceeded',
      message: `The deadline ${deadlineAt} passed before the work could begin.`,
    };
  }
  const used = history.started - history.released;
  if (question.delivery > 1 && used >= maxAttempts) {
    return {
      action: 'finish',
      status: 'failed',
      code: 'internal',
      message: `The runner was lost ${used === 1 ? 'once' : `${used} times`}; no attempt is left.`,
    };
  }
  const reason = reasonOf(question);
  return { action: 'run', number: history.started + 1, attemptsUsed: used + 1, ...(reason && { reason }) };
}

function reasonOf({ sequence, history }: StartQuestion): Started['reason'] {
  const { lastStarted, lastReleased } = history;
  if (!lastStarted) return undefined;
  // The attempt before belongs to another message: this one is its retry, redelivered or not.
  if (lastStarted.attemptSequence !== sequence) return 'retry';
  return lastReleased && lastReleased.sequence > lastStarted.sequence ? 'handed_back' : 'lease_lost';
}
