import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '@sluice/contracts';
import { etagOf, versionsOf } from './if-match.ts';

test('a tag names the version that it was made of', () => {
  assert.deepEqual(versionsOf(etagOf({ version: 12 })), [12]);
  assert.deepEqual(versionsOf(' "3" , "4"'), [3, 4]);
});

test('without a header, and with *, any version will do', () => {
  assert.equal(versionsOf(undefined), undefined);
  assert.equal(versionsOf('*'), undefined);
});

test('weak tags and those of others are well formed and match nothing', () => {
  for (const header of ['W/"3"', '"abc"', '""', '"03"', '"0"', '"-1"']) {
    assert.deepEqual(versionsOf(header), [], header);
  }
  assert.deepEqual(versionsOf('W/"3", "4"'), [4]);
});

test('what is no entity tag is a bad request that names the header', () => {
  for (const header of ['', '3', '"3', "'3'", '"3" "4"', '"3",', 'w/"3"', '"a b"', '*, "3"']) {
    assert.throws(
      () => versionsOf(header),
      (error) =>
        error instanceof AppError &&
        error.code === 'bad_request' &&
        error.details?.[0]?.path === 'headers.if-match',
      header,
    );
  }
});
