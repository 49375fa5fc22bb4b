import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '@sluice/contracts';
import { decodeCursor, encodeCursor } from './list-cursor.ts';

describe('the cursor of a list', () => {
  it('reads back as it was written', () => {
    const place = { createdAt: new Date('2026-01-02T03:04:05.678Z'), jobId: 'a_-B9' };
    assert.deepEqual(decodeCursor(encodeCursor(place)), place);
  });

  it('is refused, by its name, when it is another', () => {
    const made = encodeCursor({ createdAt: new Date(5), jobId: 'job' });
    const others = ['', 'x', '!!', `${made}=`, `${made} `, Buffer.from('5.a.b').toString('base64url')];
    for (const cursor of others) {
      assert.throws(
        () => decodeCursor(cursor),
        (error: unknown) =>
          error instanceof AppError &&
          error.code === 'validation_failed' &&
          error.details?.[0]?.path === 'cursor',
        cursor,
      );
    }
  });
});
