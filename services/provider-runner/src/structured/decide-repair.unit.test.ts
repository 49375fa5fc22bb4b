import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Usage } from '@sluice/contracts';
import { sumOfUsage } from '../providers/sum-of-usage.ts';
import { decideRepair, firstOfText, type Misfit, misfitMessage, repairMessages } from './decide-repair.ts';

const noJson: Misfit = { kind: 'no-json', faults: [{ path: '', message: 'is not JSON' }] };
const misfit: Misfit = {
  kind: 'misfit',
  faults: [
    { path: 'a.0', message: 'must be string' },
    { path: 'b', message: 'must be number' },
  ],
};
const unchecked: Misfit = { kind: 'unchecked', faults: [{ path: '', message: 'it takes too long' }] };

test('the model is asked again wherever that can help', () => {
  assert.equal(decideRepair('stop', noJson), 'repair');
  assert.equal(decideRepair('stop', misfit), 'repair');
  assert.equal(decideRepair('length', misfit), 'repair');
  assert.equal(decideRepair('length', noJson), 'fail');
  assert.equal(decideRepair('stop', unchecked), 'fail');
});

test('an error names the first fault and how many there are', () => {
  assert.match(misfitMessage('stop', misfit, false), /: a\.0 must be string \(and 1 more, see details\)\.$/);
  assert.match(misfitMessage('stop', noJson, true), /no JSON.*asked to correct it/);
  assert.match(misfitMessage('length', noJson, false), /token limit/);
  assert.match(misfitMessage('stop', unchecked, false), /could not be checked.*too long/);
});

test('an answer without a word is not sent back', () => {
  const asked = [{ role: 'user' as const, content: 'Name a city' }];
  assert.deepEqual(
    repairMessages(asked, ' \n', noJson).map(({ role }) => role),
    ['user', 'user'],
  );
  assert.deepEqual(
    repairMessages(asked, 'Bern', noJson).map(({ role }) => role),
    ['user', 'assistant', 'user'],
  );
});

test('usage is added up, and never guessed', () => {
  const usage: Usage = {
    inputTokens: 1,
    outputTokens: 2,
    totalTokens: 3,
    cachedInputTokens: null,
    reasoningTokens: 0,
  };
  const both = sumOfUsage(usage, { ...usage, cachedInputTokens: 5, outputTokens: 4 });
  assert.deepEqual(both, {
    inputTokens: 2,
    outputTokens: 6,
    totalTokens: 6,
    cachedInputTokens: null,
    reasoningTokens: 0,
  });
  assert.equal(sumOfUsage(usage, null), null);
  assert.equal(
    sumOfUsage({ ...usage, cacheWriteTokens: 1 }, { ...usage, cacheWriteTokens: 2 })?.cacheWriteTokens,
    3,
  );
});

test('a text is cut at 64 KB of UTF-8, between characters', () => {
  const text = `x${'😀'.repeat(20_000)}`;
  const kept = firstOfText(text);
  assert.ok(kept.isWellFormed() && text.startsWith(kept));
  assert.equal(Buffer.byteLength(kept), 65_533);
  assert.equal(firstOfText('short'), 'short');
});
