import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEventStream, type StreamReader } from './event-stream-reader.ts';

const MARK = '\uFEFF';

function reading(): StreamReader {
  const context = { model: 'm', apiKey: 'key', onDelta: () => undefined };
  return readEventStream(context, ({ data }, answer) => {
    if (data !== 'end') {
      answer.text(data);
      return undefined;
    }
    answer.finish('stop');
    return 'end';
  });
}

function textOf(pieces: readonly Uint8Array[]): string | undefined {
  const reader = reading();
  for (const piece of pieces) reader.feed(Buffer.from(piece));
  const outcome = reader.outcome();
  return outcome.ok ? outcome.answer.text : outcome.failure.error.code;
}

for (const [name, end] of [
  ['LF', '\n'],
  ['CRLF', '\r\n'],
  ['CR', '\r'],
] as const) {
  test(`events whose lines end with ${name} are read, cut anywhere, with and without a byte-order mark`, () => {
    const stream = `data: one,${end}data: two${end}${end}data:  ${MARK}three${end}${end}data: end${end}${end}`;
    for (const body of [Buffer.from(stream), Buffer.from(MARK + stream)]) {
      for (let at = 0; at <= body.length; at += 1) {
        assert.equal(textOf([body.subarray(0, at), body.subarray(at)]), `one,\ntwo ${MARK}three`);
      }
      assert.equal(textOf(Array.from(body, (byte) => Uint8Array.of(byte))), `one,\ntwo ${MARK}three`);
    }
  });
}

for (const line of ['x\r', 'x\r\n', 'x\n', 'retry: x\n']) {
  test(`a flood of ${JSON.stringify(line)} is no stream of events`, () => {
    const reader = reading();
    for (let fed = 0; fed < 64 && !reader.ended; fed += 1) reader.feed(Buffer.from(line.repeat(32_000)));
    assert.ok(reader.ended);
    const outcome = reader.outcome();
    assert.equal(outcome.ok ? 'ok' : outcome.failure.error.code, 'provider_malformed');
  });
}

test('comments and empty lines without end are passed over, and so are a few lines of no event', () => {
  const noise = [':\r', ': still here\n', '\r\n', '\n'].map((line) => line.repeat(64_000));
  const body = `${noise.join('')}x\ny: 1\n\ndata: here\n\ndata: end\n\n`;
  assert.equal(textOf([Buffer.from(body)]), 'here');
});
