import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideOutcome, type OutcomeQuestion } from './decide-outcome.ts';
import { decideStart, NO_HISTORY, type StartQuestion } from './decide-start.ts';

const NOW = Date.parse('2026-11-23T12:00:00.000Z');
const start = (question: Partial<StartQuestion>) =>
  decideStart({
    sequence: 7,
    delivery: 1,
    history: NO_HISTORY,
    maxAttempts: 3,
    deadlineAt: null,
    now: NOW,
    ...question,
  });
const outcome = (question: Partial<OutcomeQuestion>) =>
  decideOutcome({
    failure: { retryable: true },
    attemptsUsed: 1,
    maxAttempts: 3,
    deadlineAt: null,
    now: NOW,
    random: 0.5,
    backoff: { baseMs: 1000, maxMs: 60_000, retryAfterMaxMs: 600_000 },
    ...question,
  });
const startedAt = (sequence: number, attemptSequence: number) => ({
  sequence,
  attemptSequence,
  storedAt: NOW,
});

test('the first attempt has no reason', () => {
  assert.deepEqual(start({}), { action: 'run', number: 1, attemptsUsed: 1 });
});

test('a message that was redelivered before anybody began is still the first attempt', () => {
  assert.deepEqual(start({ delivery: 2 }), { action: 'run', number: 1, attemptsUsed: 1 });
});

test('work that fell due again is a retry, also when its message is redelivered', () => {
  const history = { ...NO_HISTORY, started: 1, lastStarted: startedAt(3, 2) };
  for (const delivery of [1, 2]) {
    assert.deepEqual(start({ history, delivery }), {
      action: 'run',
      number: 2,
      attemptsUsed: 2,
      reason: 'retry',
    });
  }
});

test('a redelivery after an attempt of the same message is a lost lease', () => {
  const history = { ...NO_HISTORY, started: 1, lastStarted: startedAt(8, 7) };
  assert.deepEqual(start({ history, delivery: 2 }), {
    action: 'run',
    number: 2,
    attemptsUsed: 2,
    reason: 'lease_lost',
  });
});

test('an attempt that was handed back shows as such and does not count', () => {
  const history = {
    started: 3,
    released: 1,
    lastStarted: startedAt(8, 7),
    lastReleased: { sequence: 9, storedAt: NOW },
  };
  assert.deepEqual(start({ history, delivery: 2 }), {
    action: 'run',
    number: 4,
    attemptsUsed: 3,
    reason: 'handed_back',
  });
});

test('when every attempt lost its runner the job fails without another', () => {
  const history = { ...NO_HISTORY, started: 3, lastStarted: startedAt(8, 7) };
  const decision = start({ history, delivery: 4 });
  assert.ok(decision.action === 'finish');
  assert.deepEqual([decision.status, decision.code], ['failed', 'internal']);
  assert.match(decision.message, /3 times/);
});

test('a deadline that has passed ends the job as expired', () => {
  const decision = start({ deadlineAt: new Date(NOW).toISOString() });
  assert.ok(decision.action === 'finish');
  assert.deepEqual([decision.status, decision.code], ['expired', 'deadline_exceeded']);
});

test('backoff doubles with each attempt, with full jitter, up to its bound', () => {
  assert.deepEqual(outcome({}), { action: 'retry', at: NOW + 500 });
  assert.deepEqual(outcome({ random: 0 }), { action: 'retry', at: NOW });
  assert.deepEqual(outcome({ attemptsUsed: 3, maxAttempts: 9 }), { action: 'retry', at: NOW + 2000 });
  assert.deepEqual(outcome({ attemptsUsed: 30, maxAttempts: 99 }), { action: 'retry', at: NOW + 30_000 });
});

test("the provider's Retry-After is the least wait, up to its bound", () => {
  const retryAfter = (retryAfterMs: number) => outcome({ failure: { retryable: true, retryAfterMs } });
  assert.deepEqual(retryAfter(5000), { action: 'retry', at: NOW + 5000 });
  assert.deepEqual(retryAfter(1), { action: 'retry', at: NOW + 500 });
  assert.deepEqual(retryAfter(9e9), { action: 'retry', at: NOW + 600_000 });
});

test('what cannot pass, what has no attempt left and what would begin after the deadline ends now', () => {
  assert.deepEqual(outcome({ failure: { retryable: false } }), { action: 'finish' });
  assert.deepEqual(outcome({ attemptsUsed: 3 }), { action: 'finish' });
  assert.deepEqual(outcome({ deadlineAt: new Date(NOW + 500).toISOString() }), { action: 'finish' });
  assert.equal(outcome({ deadlineAt: new Date(NOW + 501).toISOString() }).action, 'retry');
});
