import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fallbacksAfter } from './decide-fallbacks.ts';

const own = { id: 'own', fallbackProfileIds: ['a', 'own', 'b', 'a', 'c'] };

test("after a job's own profile come all of its fallbacks, each once and in order", () => {
  assert.deepEqual(fallbacksAfter(own, 'own'), ['a', 'b', 'c']);
  assert.deepEqual(fallbacksAfter({ id: 'own' }, 'own'), []);
});

test('after a fallback come those behind it, and none after one that was taken from the list', () => {
  assert.deepEqual(fallbacksAfter(own, 'b'), ['c']);
  assert.deepEqual(fallbacksAfter(own, 'c'), []);
  assert.deepEqual(fallbacksAfter(own, 'gone'), []);
});
