import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createVerifiedTokens } from './verified-tokens.ts';

const identity = { userId: 'user1', teamId: 'team1', role: 'owner' } as const;

describe('verified tokens', () => {
  it('are not known before they were verified', () => {
    assert.equal(createVerifiedTokens().find('Bearer a', 0), undefined);
  });

  it('are forgotten when the token expires', () => {
    const tokens = createVerifiedTokens();
    tokens.keep('Bearer a', identity, 10_000, 0);
    assert.equal(tokens.find('Bearer a', 9_999), identity);
    assert.equal(tokens.find('Bearer a', 10_000), undefined);
  });

  it('are verified anew after a minute, however long they live', () => {
    const tokens = createVerifiedTokens();
    tokens.keep('Bearer a', identity, 3_600_000, 0);
    assert.equal(tokens.find('Bearer a', 59_999), identity);
    assert.equal(tokens.find('Bearer a', 60_000), undefined);
  });

  it('are bounded in number, the oldest leaving first', () => {
    const tokens = createVerifiedTokens();
    for (let n = 0; n <= 10_000; n += 1) tokens.keep(`Bearer ${n}`, identity, 1_000, 0);
    assert.equal(tokens.find('Bearer 0', 1), undefined);
    assert.equal(tokens.find('Bearer 1', 1), identity);
    assert.equal(tokens.find('Bearer 10000', 1), identity);
  });
});
