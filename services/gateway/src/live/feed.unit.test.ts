import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Attempt,
  type Command,
  decodePosition,
  type Finished,
  type Retrying,
  type Started,
} from '@sluice/contracts';
import { createFeed, type FeedEvent } from './feed.ts';

const first: Attempt = { sequence: 10, delivery: 1 };
const second: Attempt = { sequence: 20, delivery: 1 };
const at = '2026-01-01T00:00:00.000Z';
const startedOf = (attempt: Attempt, number = 1): Started => ({
  v: 1,
  attempt,
  number,
  aiProfileId: 'profile',
  runnerId: 'runner',
  at,
  queueMs: 1,
});
const retryingOf = (attempt: Attempt): Retrying => ({
  v: 1,
  attempt,
  number: 1,
  error: { code: 'provider_unavailable', message: 'down', retryable: true },
  nextAttemptAt: at,
  at,
});
const finishedOf = (attempt: Attempt, texts: string[], number = 1): Finished => ({
  v: 1,
  jobId: 'job',
  status: 'completed',
  at,
  run: { ...startedOf(attempt, number), firstTokenMs: 1 },
  lastIndex: texts.length - 1,
  result: {
    text: texts.join(''),
    reasoningText: null,
    toolCalls: [],
    json: null,
    finishReason: 'stop',
    provider: 'openai_compatible',
    model: 'demo',
    usage: null,
    cost: null,
  },
});
const requested = { at, kind: 'chat', priority: 'interactive' } as Command;

function feedFrom(lastId: string | null = null) {
  const sent: FeedEvent[] = [];
  const feed = createFeed({
    from: lastId === null ? null : decodePosition(lastId),
    send: (event) => sent.push(event),
    finishedData: (finished) => ({ status: finished.status }),
  });
  const deltaOf = (attempt: Attempt, index: number, text: string) =>
    feed.item({ type: 'delta', jobId: 'job', attempt, delta: { index, text } });
  return {
    feed,
    sent,
    deltaOf,
    text: () => sent.map((event) => (event.data as { text?: string }).text ?? '').join(''),
  };
}
const names = (sent: FeedEvent[]) => sent.map(({ event }) => event).join(' ');
const texts = ['Hel', 'lo', ' wor', 'ld'];

test('the same deltas from frames and pieces are sent once, in order', () => {
  const { feed, sent, deltaOf, text } = feedFrom();
  feed.event({ type: 'requested', sequence: 10, data: requested });
  feed.item({ type: 'started', jobId: 'job', data: startedOf(first) });
  texts.forEach((one, index) => {
    deltaOf(first, index, one);
  });
  const deltas = texts.map((one, index) => ({ index, text: one }));
  feed.piece({ v: 1, attempt: first, textOffset: 0, reasoningOffset: 0, deltas });
  feed.event({ type: 'started', sequence: 11, data: startedOf(first) });
  feed.finish(finishedOf(first, texts));
  assert.equal(names(sent), 'requested started delta delta delta delta finished');
  assert.equal(text(), 'Hello world');
});

test('a lost delta holds back what follows until a piece brings it', () => {
  const { feed, deltaOf, text } = feedFrom();
  feed.event({ type: 'started', sequence: 11, data: startedOf(first) });
  deltaOf(first, 0, 'Hel');
  deltaOf(first, 2, ' wor');
  deltaOf(first, 3, 'ld');
  assert.equal(text(), 'Hel');
  assert.ok(feed.missing);
  feed.piece({ v: 1, attempt: first, textOffset: 3, reasoningOffset: 0, deltas: [{ index: 1, text: 'lo' }] });
  assert.equal(text(), 'Hello world');
  assert.ok(!feed.missing);
});

test('what is missing at the end is taken from the result', () => {
  const { feed, sent, deltaOf, text } = feedFrom();
  feed.event({ type: 'started', sequence: 11, data: startedOf(first) });
  deltaOf(first, 0, 'Hel');
  assert.ok(!feed.complete(finishedOf(first, texts)));
  feed.finish(finishedOf(first, texts));
  assert.equal(text(), 'Hello world');
  assert.equal(names(sent), 'started delta delta finished');
  assert.deepEqual(
    sent.map(({ data }) => (data as { index?: number }).index),
    [undefined, 0, 1, undefined],
  );
});

test('a reader resumes after any id it saw, without a lost or doubled event', () => {
  const whole = feedFrom();
  const play = ({ feed, deltaOf }: ReturnType<typeof feedFrom>) => {
    feed.event({ type: 'requested', sequence: 10, data: requested });
    feed.event({ type: 'started', sequence: 11, data: startedOf(first) });
    deltaOf(first, 0, 'lost');
    feed.event({ type: 'retrying', sequence: 12, data: retryingOf(first) });
    feed.event({ type: 'started', sequence: 21, data: startedOf(second, 2) });
    texts.forEach((one, index) => {
      deltaOf(second, index, one);
    });
    feed.finish(finishedOf(second, texts, 2));
  };
  play(whole);
  assert.equal(
    names(whole.sent),
    'requested started delta retrying started delta delta delta delta finished',
  );
  whole.sent.forEach((event, place) => {
    const resumed = feedFrom(event.id);
    play(resumed);
    assert.deepEqual(
      names(resumed.sent),
      names(whole.sent.slice(place + 1)),
      `after ${event.event} ${event.id}`,
    );
  });
});

test('a reader resumes from the result when the deltas are gone', () => {
  const live = feedFrom();
  live.feed.event({ type: 'started', sequence: 11, data: startedOf(first) });
  live.deltaOf(first, 0, 'Hel');
  live.deltaOf(first, 1, 'lo');
  const resumed = feedFrom(live.sent[2]?.id ?? '');
  resumed.feed.finish(finishedOf(first, texts));
  assert.equal(resumed.text(), ' world');
});

test('deltas of an attempt that is over are not sent after the next one began', () => {
  const { feed, deltaOf, text } = feedFrom();
  feed.event({ type: 'started', sequence: 11, data: startedOf(first) });
  deltaOf(first, 1, 'held back for ever');
  feed.event({ type: 'started', sequence: 21, data: startedOf(second, 2) });
  deltaOf(first, 0, 'late');
  deltaOf(second, 0, 'new');
  assert.equal(text(), 'new');
  assert.ok(!feed.missing);
});

test('deltas of an attempt whose started was lost wait for it', () => {
  const { feed, sent, deltaOf } = feedFrom();
  feed.event({ type: 'started', sequence: 11, data: startedOf(first) });
  deltaOf(first, 0, 'one');
  deltaOf(second, 0, 'two');
  assert.equal(names(sent), 'started delta');
  assert.ok(feed.missing);
  feed.event({ type: 'retrying', sequence: 12, data: retryingOf(first) });
  feed.event({ type: 'started', sequence: 21, data: startedOf(second, 2) });
  assert.equal(names(sent), 'started delta retrying started delta');
  assert.ok(!feed.missing);
});
