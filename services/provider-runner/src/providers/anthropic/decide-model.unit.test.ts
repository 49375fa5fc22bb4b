import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideThinking, familyOf } from './decide-model.ts';

test('the family is told by the name, wherever its version stands', () => {
  const names = {
    'claude-3': ['claude-3-haiku-20240307', 'claude-3-7-sonnet-latest', 'claude-2.1'],
    'claude-4': [
      'claude-opus-4-20250514',
      'claude-sonnet-4@20250514',
      'claude-haiku-4-5-20251001',
      'claude-opus-4-6',
      'anthropic/claude-4.6-sonnet',
    ],
    adaptive: ['claude-opus-4-7', 'claude-opus-4-8', 'anthropic/claude-opus-4.7', 'claude-4.7-opus'],
    thinking: ['claude-opus-5', 'claude-sonnet-5'],
    'always-thinking': ['claude-opus-5-5', 'claude-sonnet-5.5', 'claude-fable-5', 'claude-haiku-6'],
    other: ['my-model', 'claude-latest'],
  };
  for (const [family, models] of Object.entries(names)) {
    for (const model of models) assert.equal(familyOf(model), family, model);
  }
});

test('older models think within a budget beside the answer, without sampling', () => {
  assert.deepEqual(
    decideThinking('claude-opus-4-6', { reasoningEffort: 'low', maxTokens: 10, forced: false }),
    { max_tokens: 2058, thinking: { type: 'enabled', budget_tokens: 2048 }, sampling: false },
  );
  for (const reasoningEffort of [undefined, 'none'] as const) {
    assert.deepEqual(decideThinking('claude-sonnet-4-5', { reasoningEffort, forced: false }), {
      max_tokens: 8192,
      sampling: true,
    });
  }
  assert.equal(decideThinking('claude-3-haiku-20240307', { forced: false }).max_tokens, 4096);
  assert.equal(decideThinking('my-model', { forced: false }).max_tokens, 4096);
});

const ADAPTIVE = { type: 'adaptive', display: 'summarized' };

test('newer models think by an effort, and are never sent sampling', () => {
  for (const model of ['claude-opus-4-7', 'claude-sonnet-5', 'claude-opus-5-5']) {
    for (const [effort, sent] of [
      ['minimal', 'low'],
      ['low', 'low'],
      ['medium', 'medium'],
      ['high', 'high'],
      ['xhigh', 'xhigh'],
    ] as const) {
      assert.deepEqual(decideThinking(model, { reasoningEffort: effort, maxTokens: 900, forced: false }), {
        max_tokens: 900,
        thinking: ADAPTIVE,
        output_config: { effort: sent },
        sampling: false,
      });
    }
  }
  const { max_tokens } = decideThinking('claude-opus-4-7', { reasoningEffort: 'high', forced: false });
  assert.equal(max_tokens, 8192 + 16_384);
});

test('without an effort each newer family does what it does by itself', () => {
  assert.deepEqual(decideThinking('claude-opus-4-7', { forced: false }), {
    max_tokens: 8192,
    sampling: false,
  });
  for (const model of ['claude-opus-5', 'claude-opus-5-5']) {
    const decided = decideThinking(model, { forced: false });
    assert.deepEqual(decided, { max_tokens: 16_384, thinking: ADAPTIVE, sampling: false });
  }
});

test('no effort turns thinking off where it can be turned off', () => {
  const none = (model: string) => decideThinking(model, { reasoningEffort: 'none', forced: false });
  assert.equal(none('claude-opus-4-7').thinking, undefined);
  assert.deepEqual(none('claude-opus-5').thinking, { type: 'disabled' });
  assert.deepEqual(none('claude-opus-5-5').output_config, { effort: 'low' });
});

test('nothing thinks beside a forced tool', () => {
  const forced = (model: string) => decideThinking(model, { reasoningEffort: 'xhigh', forced: true });
  assert.deepEqual(forced('claude-sonnet-4-5'), { max_tokens: 8192, sampling: true });
  assert.deepEqual(forced('claude-opus-4-7'), { max_tokens: 8192, sampling: false });
  assert.deepEqual(forced('claude-opus-5'), {
    max_tokens: 16_384,
    thinking: { type: 'disabled' },
    sampling: false,
  });
});
