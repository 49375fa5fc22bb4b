import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError, type ErrorCode } from '@sluice/contracts';
import { decideFallbacks, type FallbackGraph, requireAll } from './decide-fallbacks.ts';

const graph = (edges: Record<string, string[]>): FallbackGraph => new Map(Object.entries(edges));

const refusedAt = (path: string, about: RegExp, code: ErrorCode) => (error: unknown) => {
  assert.ok(error instanceof AppError);
  assert.equal(error.code, code);
  assert.equal(error.details?.[0]?.path, path);
  assert.match(error.details[0].message, about);
  return true;
};
const invalidAt = (path: string, about: RegExp) => refusedAt(path, about, 'validation_failed');

test('fallbacks may share fallbacks, and be shared', () => {
  decideFallbacks('a', ['b', 'c'], graph({ b: ['d'], c: ['d'], e: ['a', 'b'], a: ['e'] }));
  decideFallbacks('a', [], graph({ b: ['a'] }));
});

test('a profile is no fallback of itself, and nothing is one twice', () => {
  assert.throws(
    () => decideFallbacks('a', ['b', 'a'], graph({})),
    invalidAt('fallbackProfileIds.1', /itself/),
  );
  assert.throws(
    () => decideFallbacks('a', ['b', 'b'], graph({})),
    invalidAt('fallbackProfileIds.1', /twice/),
  );
});

test('a way back is found over any number of profiles', () => {
  const chain = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`${index}`, [`${index + 1}`]]));
  assert.throws(
    () => decideFallbacks('200', ['x', '0'], graph(chain)),
    invalidAt('fallbackProfileIds.1', /leads back/),
  );
  decideFallbacks('0', ['1'], graph({ ...chain, 0: [] }));
});

test('a circle that does not touch the profile ends the search', () => {
  decideFallbacks('a', ['b'], graph({ b: ['c'], c: ['b'] }));
});

test('what is no profile of the team is not found, by its place', () => {
  requireAll(['b', 'c'], ['c', 'b']);
  assert.throws(
    () => requireAll(['b', 'c'], ['b']),
    refusedAt('fallbackProfileIds.1', /names no AI profile/, 'not_found'),
  );
});
