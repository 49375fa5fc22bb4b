import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallLog, type RecordedCall } from './call-log.ts';

function call(model: string, label: string | null = null): RecordedCall {
  return {
    label,
    model,
    stream: false,
    keySha256: null,
    requestHeaders: {},
    body: null,
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: null,
    status: null,
    finished: false,
    aborted: false,
  };
}

test('the last 10,000 calls are kept in order, and all are counted', () => {
  const log = new CallLog();
  for (let index = 0; index < 10_005; index += 1) {
    log.begin(call(`m${index}`, index % 2 === 0 ? 'even' : null));
  }
  const { count, calls } = log.read(null);
  assert.equal(count, 10_005);
  assert.equal(calls.length, 10_000);
  assert.deepEqual([calls[0]?.model, calls.at(-1)?.model], ['m5', 'm10004']);
  assert.equal(log.read('even').count, 5003);
});

test('after one label is cleared, the others stay in order and new ones follow', () => {
  const log = new CallLog();
  for (let index = 0; index < 10_005; index += 1) {
    log.begin(call(`m${index}`, index % 2 === 0 ? 'even' : 'odd'));
  }
  log.clear('even');
  log.begin(call('new', 'odd'));
  const { calls } = log.read(null);
  assert.deepEqual([calls[0]?.model, calls.at(-2)?.model, calls.at(-1)?.model], ['m5', 'm10003', 'new']);
  assert.equal(calls.length, 5001);
  assert.equal(log.read(null).count, 5003);
});

test('a call that ends after it was cleared is not counted', () => {
  const log = new CallLog();
  const early = call('m', 'l');
  log.begin(early);
  log.clear(null);
  log.end(early, { status: 200, finished: false, aborted: true });
  assert.deepEqual(log.read(null), { count: 0, aborted: 0, calls: [] });
  assert.deepEqual(log.read('l'), { count: 0, aborted: 0, calls: [] });
});
