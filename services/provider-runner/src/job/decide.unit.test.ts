import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JobError, JobErrorCode, NextAttempt, Retrying, Started } from '@sluice/contracts';
import { decideOutcome, type OutcomeQuestion } from './decide-outcome.ts';
import { type AttemptHistory, decideStart, NO_HISTORY, type StartQuestion } from './decide-start.ts';

const NOW = Date.parse('2026-11-23T12:00:00.000Z');
const AT = new Date(NOW).toISOString();
const errorOf = (code: JobErrorCode, retryable: boolean): JobError => ({ code, message: code, retryable });
const DOWN = errorOf('provider_unavailable', true);
const REFUSED = errorOf('provider_authentication', false);
const QUOTA = errorOf('provider_quota_exceeded', false);
const GONE = errorOf('profile_unavailable', false);

const start = (question: Partial<StartQuestion>) =>
  decideStart({
    sequence: 7,
    delivery: 1,
    history: NO_HISTORY,
    aiProfileId: 'own',
    maxAttempts: 3,
    deadlineAt: null,
    now: NOW,
    ...question,
  });
const turnOf = (question: Partial<StartQuestion>) => {
  const decision = start(question);
  assert.ok(decision.action === 'run');
  const { number, round, aiProfileId, reason } = decision.turn;
  return { number, round, aiProfileId, reason };
};
type Failed = { error?: JobError; unable?: true };
const outcome = ({ error = DOWN, unable, ...question }: Partial<OutcomeQuestion> & Failed = {}) =>
  decideOutcome({
    failure: { error, ...(unable && { unable }) },
    turn: { round: 1, before: null },
    onFallback: false,
    fallbacks: [],
    hasOutput: false,
    maxAttempts: 3,
    deadlineAt: null,
    now: NOW,
    random: 0.5,
    backoff: { baseMs: 1000, maxMs: 60_000, retryAfterMaxMs: 600_000 },
    ...question,
  });
const startedAt = (sequence: number, attemptSequence: number, event: Partial<Started> = {}) => ({
  sequence,
  storedAt: NOW,
  event: {
    ...{ v: 1 as const, number: 1, round: 1, aiProfileId: 'own', runnerId: 'r', at: AT, queueMs: 0 },
    ...{ attempt: { sequence: attemptSequence, delivery: 1 }, ...event },
  },
});
const retryingAt = (sequence: number, next?: NextAttempt) => ({
  sequence,
  storedAt: NOW,
  event: {
    ...{ v: 1 as const, number: 1, attempt: { sequence: 7, delivery: 1 }, error: DOWN },
    ...{ nextAttemptAt: AT, at: AT, ...(next && { next }) },
  } satisfies Retrying,
});
const fallbackTo = (aiProfileId: string): NextAttempt => ({
  round: 1,
  fallback: { aiProfileId, error: DOWN, mayPass: true },
});
const history = (parts: Partial<AttemptHistory>): AttemptHistory => ({ ...NO_HISTORY, ...parts });

test('the first attempt has no reason, also when its message was redelivered before anybody began', () => {
  for (const delivery of [1, 2]) {
    assert.deepEqual(turnOf({ delivery }), { number: 1, round: 1, aiProfileId: 'own', reason: undefined });
  }
});

test('work that fell due again is a retry, also when its message is redelivered', () => {
  const next = { round: 2 };
  for (const delivery of [1, 2]) {
    const due = history({ lastStarted: startedAt(3, 2), lastRetrying: retryingAt(4, next) });
    assert.deepEqual(turnOf({ history: due, delivery }), {
      ...{ number: 2, round: 2, aiProfileId: 'own', reason: 'retry' },
    });
  }
});

test('a redelivery after an attempt of the same message is a lost lease, with the profile that was tried', () => {
  const lost = history({ lastStarted: startedAt(8, 7, { aiProfileId: 'second' }) });
  assert.deepEqual(turnOf({ history: lost, delivery: 2 }), {
    ...{ number: 2, round: 2, aiProfileId: 'second', reason: 'lease_lost' },
  });
});

test('an attempt that was handed back shows as such and does not count', () => {
  const handedBack = history({
    lastStarted: startedAt(8, 7, { number: 3, round: 2 }),
    lastReleased: { sequence: 9, storedAt: NOW },
  });
  assert.deepEqual(turnOf({ history: handedBack, delivery: 2 }), {
    ...{ number: 4, round: 2, aiProfileId: 'own', reason: 'handed_back' },
  });
});

test('a fallback follows in the same round, by a redelivery, whatever the number of attempts left', () => {
  const failed = history({ lastStarted: startedAt(8, 7), lastRetrying: retryingAt(9, fallbackTo('second')) });
  assert.deepEqual(turnOf({ history: failed, delivery: 2, maxAttempts: 1 }), {
    ...{ number: 2, round: 1, aiProfileId: 'second', reason: 'fallback' },
  });
});

test('a fallback that was handed back knows what failed before it', () => {
  const decision = start({
    delivery: 3,
    history: {
      lastStarted: startedAt(10, 7, { number: 2, aiProfileId: 'second' }),
      lastRetrying: retryingAt(9, fallbackTo('second')),
      lastReleased: { sequence: 11, storedAt: NOW },
    },
  });
  assert.ok(decision.action === 'run');
  assert.deepEqual(decision.turn.before, fallbackTo('second').fallback);
});

test('events from before rounds were counted are read as one round an attempt', () => {
  const { round: _, ...event } = startedAt(3, 2, { number: 2 }).event;
  const old = history({ lastStarted: { sequence: 3, storedAt: NOW, event }, lastRetrying: retryingAt(4) });
  assert.equal(turnOf({ history: old }).round, 3);
});

test('when every attempt lost its runner the job fails without another', () => {
  const lost = history({ lastStarted: startedAt(8, 7, { number: 3, round: 3 }) });
  const decision = start({ history: lost, delivery: 4 });
  assert.ok(decision.action === 'finish');
  assert.deepEqual([decision.status, decision.code], ['failed', 'internal']);
  assert.match(decision.message, /3 times/);
});

test('a deadline that has passed ends the job as expired', () => {
  const decision = start({ deadlineAt: AT });
  assert.ok(decision.action === 'finish');
  assert.deepEqual([decision.status, decision.code], ['expired', 'deadline_exceeded']);
});

const retryAt = (at: number, round = 2) => ({ action: 'retry', at, next: { round } });
const inRound = (round: number) => ({ turn: { round, before: null } });

test('backoff doubles with each round, with full jitter, up to its bound', () => {
  assert.deepEqual(outcome(), retryAt(NOW + 500));
  assert.deepEqual(outcome({ random: 0 }), retryAt(NOW));
  assert.deepEqual(outcome({ ...inRound(3), maxAttempts: 9 }), retryAt(NOW + 2000, 4));
  assert.deepEqual(outcome({ ...inRound(30), maxAttempts: 99 }), retryAt(NOW + 30_000, 31));
});

test("the provider's Retry-After is the least wait, up to its bound", () => {
  const retryAfter = (retryAfterMs: number) => outcome({ failure: { error: DOWN, retryAfterMs } });
  assert.deepEqual(retryAfter(5000), retryAt(NOW + 5000));
  assert.deepEqual(retryAfter(1), retryAt(NOW + 500));
  assert.deepEqual(retryAfter(9e9), retryAt(NOW + 600_000));
});

test('what cannot pass, what has no round left and what would begin after the deadline ends now', () => {
  assert.deepEqual(outcome({ error: REFUSED }), { action: 'finish', error: REFUSED });
  assert.deepEqual(outcome(inRound(3)), { action: 'finish', error: DOWN });
  assert.equal(outcome({ deadlineAt: new Date(NOW + 500).toISOString() }).action, 'finish');
  assert.equal(outcome({ deadlineAt: new Date(NOW + 501).toISOString() }).action, 'retry');
});

const two = ['second', 'third'];

test('the next fallback is tried at once after what may pass, and after an exhausted quota', () => {
  for (const [error, mayPass] of [
    [DOWN, true],
    [QUOTA, false],
  ] as const) {
    const next = { round: 1, fallback: { aiProfileId: 'second', error, mayPass } };
    assert.deepEqual(outcome({ error, fallbacks: two, maxAttempts: 1 }), {
      action: 'fallback',
      at: NOW,
      next,
    });
  }
});

test('no fallback is tried after a refusal, after output was seen, or past the deadline', () => {
  assert.equal(outcome({ error: REFUSED, fallbacks: two }).action, 'finish');
  assert.equal(outcome({ fallbacks: two, hasOutput: true }).action, 'retry');
  assert.equal(outcome({ fallbacks: two, deadlineAt: AT }).action, 'finish');
});

const afterQuota = { round: 1, before: { aiProfileId: 'second', error: QUOTA, mayPass: false } };
const afterDown = { round: 1, before: { aiProfileId: 'second', error: DOWN, mayPass: true } };

test('a round in which something may pass is followed by another; its waits hold for all', () => {
  const notBefore = new Date(NOW + 9000).toISOString();
  const limited = { round: 1, before: { ...afterDown.before, notBefore } };
  assert.deepEqual(outcome({ turn: limited, onFallback: true, error: REFUSED }), retryAt(NOW + 9000));
  assert.equal(outcome({ turn: afterQuota, onFallback: true, error: REFUSED }).action, 'finish');
});

test('a fallback that has no API for the work is passed over, and is not what the job fails with', () => {
  const unable = { error: REFUSED, unable: true as const };
  assert.deepEqual(outcome({ turn: afterQuota, onFallback: true, ...unable }), {
    action: 'finish',
    error: QUOTA,
  });
  assert.equal(outcome({ turn: afterDown, onFallback: true, ...unable }).action, 'retry');
  assert.deepEqual(outcome(unable), { action: 'finish', error: REFUSED });
});

test('a fallback that is gone is passed over, and is not what the job fails with', () => {
  const gone = { turn: afterQuota, onFallback: true, error: GONE };
  const next = outcome({ ...gone, fallbacks: ['third'] });
  assert.ok(next.action === 'fallback');
  assert.deepEqual(next.next.fallback, { aiProfileId: 'third', error: QUOTA, mayPass: false });
  assert.deepEqual(outcome(gone), { action: 'finish', error: QUOTA });
  assert.deepEqual(outcome({ error: GONE, fallbacks: two }), { action: 'finish', error: GONE });
});
