import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError, type ChatBody, idSchema } from '@sluice/contracts';
import { fingerprintOf, idempotencyKeyOf, jobIdOf } from './idempotency.ts';

const body: ChatBody = {
  aiProfileId: 'p',
  messages: [{ role: 'user', content: 'Hi' }],
  params: { topP: 1, maxTokens: 5 },
};

test('one key names one job of its team, by an id that fits a subject', () => {
  assert.equal(jobIdOf('team', 'key'), jobIdOf('team', 'key'));
  assert.notEqual(jobIdOf('team', 'key'), jobIdOf('other', 'key'));
  assert.ok(idSchema.safeParse(jobIdOf('team', 'key with.*> in it')).success);
});
test('a fingerprint sees what is asked, not how it is written or answered', () => {
  const same: ChatBody = {
    stream: true,
    onDisconnect: 'cancel',
    params: { maxTokens: 5, topP: 1 },
    messages: body.messages,
    aiProfileId: 'p',
  };
  assert.equal(fingerprintOf('/r', body), fingerprintOf('/r', same));
  assert.notEqual(fingerprintOf('/r', body), fingerprintOf('/other', body));
  assert.notEqual(fingerprintOf('/r', body), fingerprintOf('/r', { ...body, aiProfileId: 'q' }));
});
test('a key that is empty, too long, doubled or not visible ASCII is refused', () => {
  assert.equal(idempotencyKeyOf(undefined), undefined);
  assert.equal(idempotencyKeyOf('a'.repeat(255)), 'a'.repeat(255));
  for (const bad of ['', 'a'.repeat(256), 'two words', 'ä', ['a', 'b']]) {
    assert.throws(
      () => idempotencyKeyOf(bad),
      (error) => error instanceof AppError && error.code === 'bad_request',
    );
  }
});
