import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_FAULT, PLAIN, parseScript } from './script.ts';

test('a model name without parameters is plain', () => {
  assert.deepEqual(parseScript('demo'), { script: PLAIN });
});

test('every parameter is read', () => {
  const model =
    'demo?key=a%20b&delay=10&interval=5&chunks=100&text=hi+there&size=9&finish=length&times=2&status=429' +
    '&code=insufficient_quota&retry-after=1&echo=key&html=1&empty=1&malformed=1&hang=3';
  assert.deepEqual(parseScript(model), {
    script: {
      label: 'a b',
      delayMs: 10,
      intervalMs: 5,
      chunks: 100,
      text: 'hi there',
      later: null,
      sizeBytes: 9,
      finish: 'length',
      times: 2,
      fault: {
        status: 429,
        code: 'insufficient_quota',
        retryAfter: '1',
        echoKey: true,
        html: true,
        empty: true,
        malformed: true,
        stop: { how: 'hang', after: 3 },
      },
    },
  });
});

test('a flag of 0 is off, and a stop may be at 0', () => {
  assert.deepEqual(parseScript('demo?html=0&cut=0'), {
    script: { ...PLAIN, fault: { ...NO_FAULT, stop: { how: 'cut', after: 0 } } },
  });
});

for (const [parameters, name] of [
  ['dealy=5', 'dealy'],
  ['delay=-1', 'delay'],
  ['delay=1.5', 'delay'],
  ['delay=', 'delay'],
  ['html=yes', 'html'],
  ['status=200', 'status'],
  ['status=600', 'status'],
  ['chunks=0', 'chunks'],
  ['later=yes', 'later'],
  ['echo=all', 'echo'],
  ['cut=1&hang=1', 'cut'],
] as const) {
  test(`refused, naming '${name}': ${parameters}`, () => {
    const parsed = parseScript(`demo?${parameters}`);
    assert.ok('fault' in parsed);
    assert.match(parsed.fault, new RegExp(`'${name}'`));
  });
}
