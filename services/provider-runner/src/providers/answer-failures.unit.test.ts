import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureOfVendorError, MAX_VECTOR_PARTS, parseJson } from './answer-failures.ts';

const shown = (message: string, apiKey = 'key-of-the-provider') =>
  failureOfVendorError('provider_unavailable', {
    status: 500,
    headers: {},
    apiKey,
    error: { message, code: null },
  }).error.provider?.message ?? '';

test('a message of any size is shown cut and without secrets, and costs no more than what is shown', () => {
  const flood = shown(`token sk_ https://${'a:'.repeat(20_000_000)}`);
  assert.equal(flood.length, 1000);
  const longUrl = `https://user:${'p'.repeat(900)}`;
  assert.equal(shown(`at ${longUrl}${'q'.repeat(300)}@host`), 'at https://[redacted]@host');
  assert.equal(shown('a'.repeat(30_000_000), 'a').slice(0, 10), '[redacted]');
});

test('JSON of too many parts is not read, and text with as many commas is', () => {
  const list = (count: number) => `[${'{},'.repeat(count - 1)}{}]`;
  assert.equal(parseJson(list(300_000)), undefined);
  assert.equal(parseJson('['.repeat(300_000) + ']'.repeat(300_000)), undefined);
  assert.ok(Array.isArray(parseJson(list(49_000))));
  assert.ok(Array.isArray(parseJson(list(300_000), MAX_VECTOR_PARTS)));
  const text = ',"[{\\'.repeat(500_000);
  assert.deepEqual(parseJson(JSON.stringify({ text })), { text });
});

test('a byte-order mark before JSON is left out', () => {
  assert.deepEqual(parseJson('\uFEFF{"a":"\uFEFF"}'), { a: '\uFEFF' });
});
