import type { Finished, Started, Subjects } from '@sluice/contracts';
import { SLUICE, type Span } from '@sluice/telemetry';
import { type ChooseDeps, chooseProfile } from '../fallback/choose-profile.ts';
import {
  type AttemptHistory,
  decideStart,
  NO_HISTORY,
  type StartDecision,
  type Turn,
} from './decide-start.ts';
import { endJob } from './end-job.ts';
import { failure } from './failure.ts';
import { type Job, logFields } from './job.ts';
import { modelFor } from './model-for.ts';
import { parkJob } from './park-job.ts';
import { readHistory } from './read-history.ts';
import { type AttemptDeps, runAttempt } from './run-attempt.ts';

export type RunDeps = AttemptDeps &
  ChooseDeps & {
    readonly subjects: Subjects;
    /** AI_QUEUE_NAME: the first token of the job subjects. */
    readonly queue: string;
    readonly runnerId: string;
    readonly leaseMs: number;
  };

/** Rule 4 of a guarded publish: a first delivery younger than this may call the provider beside `started`. */
const FRESH_MS = 1000;

/** Attempts a job that was delivered, and settles its message: acked, given back, or left when the lease is lost. */
export async function runJob(deps: RunDeps, job: Job, span: Span): Promise<void> {
  const { delivery, command, subject } = job;
  const now = Date.now();
  const fresh =
    subject.event === 'requested' && delivery.delivery === 1 && now - delivery.storedAt < FRESH_MS;
  const history = fresh ? NO_HISTORY : await readHistory(deps.nc, deps.subjects, subject);
  const decision = decideStart({
    sequence: delivery.sequence,
    delivery: delivery.delivery,
    history,
    aiProfileId: command.aiProfileId,
    maxAttempts: command.maxAttempts,
    deadlineAt: command.deadlineAt,
    now,
  });
  if (decision.action === 'finish') {
    deps.log.warn({ ...logFields(job), code: decision.code }, 'a job ends without another attempt');
    await endJob(deps, job, endedUnstarted(job, decision));
    return;
  }
  const { turn } = decision;
  const choice = await chooseProfile(deps, command, turn);
  if (choice.action === 'park') {
    await parkJob(deps, job, choice.until);
    return;
  }
  const { aiProfileId, opened, pass, passedOverUntil } = choice;
  const { number, round } = turn;
  // One whose profile's circuit is open is an attempt of a fallback from its beginning.
  const reason = aiProfileId === turn.aiProfileId ? turn.reason : 'fallback';
  const started: Started = {
    v: 1,
    attempt: job.attempt,
    number,
    round,
    ...(reason && { reason }),
    aiProfileId,
    ...(opened && { provider: opened.profile.provider, model: modelFor(command, opened.profile) }),
    runnerId: deps.runnerId,
    at: new Date(now).toISOString(),
    queueMs: Math.max(0, now - runnableSince(job, history, turn.reason, deps.leaseMs)),
  };
  if (span.isRecording()) span.setAttribute(SLUICE.attempt, number);
  const begun = deps.events.publish(job, 'started', JSON.stringify(started));
  if (!fresh) {
    const outcome = await begun;
    if (outcome === 'ended') void delivery.ack();
    if (outcome !== 'stored') {
      if (pass) deps.breaker.report(pass, undefined);
      return;
    }
  }
  const before = turn.before ?? (passedOverUntil === null ? null : passedOver(aiProfileId, passedOverUntil));
  await runAttempt(deps, job, { started, begun, turn: { ...turn, before }, opened, pass, span });
}

/** A profile whose circuit is open has failed in its turn without a call, and may be called again at `until`. */
function passedOver(aiProfileId: string, until: number): NonNullable<Turn['before']> {
  const { error } = failure(
    'provider_unavailable',
    "The profile's provider is left alone for a while: too many calls to it have failed.",
  );
  return { aiProfileId, error, mayPass: true, notBefore: new Date(until).toISOString() };
}

function endedUnstarted(
  { command }: Job,
  { status, code, message }: Extract<StartDecision, { action: 'finish' }>,
): Finished {
  return {
    v: 1,
    jobId: command.jobId,
    status,
    at: new Date().toISOString(),
    lastIndex: -1,
    error: failure(code, message, { retryable: false }).error,
  };
}

/** When the job could have been taken: where a lease was lost that is when it ended, about. Milliseconds since 1970. */
function runnableSince(
  { delivery }: Job,
  { lastStarted, lastRetrying, lastReleased }: AttemptHistory,
  reason: Started['reason'],
  leaseMs: number,
): number {
  if (reason === 'fallback' && lastRetrying) return lastRetrying.storedAt;
  if (reason === 'handed_back' && lastReleased) return lastReleased.storedAt;
  if (reason === 'lease_lost' && lastStarted) return lastStarted.storedAt + leaseMs;
  return delivery.storedAt;
}
