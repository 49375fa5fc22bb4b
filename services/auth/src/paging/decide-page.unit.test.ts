import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '@sluice/contracts';
import { decidePage, decodeCursor, encodeCursor } from './decide-page.ts';

const at = (id: string) => ({ id, createdAt: new Date('2026-11-23T10:00:00.123Z') });

test('a cursor leads back to where the page ended', () => {
  assert.deepEqual(decodeCursor(encodeCursor(at('a-b_c'))), at('a-b_c'));
});

test('a text that is no cursor is refused by name', () => {
  for (const text of ['', 'x', '-a', 'zz', 'abc-', 'abc-no id', '{"$gt":""}', 'zzzzzzzzzz-a']) {
    assert.throws(
      () => decodeCursor(text),
      (error) => error instanceof AppError && error.details?.[0]?.path === 'cursor',
      text,
    );
  }
});

test('a page has a cursor only when more follows', () => {
  const found = ['c', 'b', 'a'].map(at);
  assert.deepEqual(decidePage(found, 2), { items: found.slice(0, 2), nextCursor: encodeCursor(at('b')) });
  assert.deepEqual(decidePage(found, 3), { items: found, nextCursor: null });
  assert.deepEqual(decidePage([], 3), { items: [], nextCursor: null });
});
