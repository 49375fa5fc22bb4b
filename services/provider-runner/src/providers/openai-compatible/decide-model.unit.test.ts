import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effortFor, familyOf, isReasoningFamily, prefersResponses } from './decide-model.ts';

test('families are told by name, also behind a prefix', () => {
  const families = {
    'o-series': ['o1', 'o3-mini', 'openai/o3', 'openai/o3:free', 'o4-mini-2025-04-16'],
    'gpt-5': ['gpt-5', 'gpt-5-nano', 'openai/gpt-5-mini', 'GPT-5-pro'],
    'gpt-5.1': ['gpt-5.1', 'gpt-5.1-codex-max'],
    'gpt-5.2': ['gpt-5.2', 'gpt-5.2-pro', 'gpt-5.3-codex'],
    'gpt-4': ['gpt-4o', 'gpt-4.1-nano', 'chatgpt-4o-latest', 'gpt-3.5-turbo', 'gpt-5-chat-latest'],
    other: ['deepseek-chat', 'openai/gpt-oss-120b', 'olmo-2', 'qwen3-max', 'ep-20250101-abc'],
  };
  for (const [family, models] of Object.entries(families)) {
    for (const model of models) assert.equal(familyOf(model), family, model);
  }
});

test('gpt-5 and the o-series are asked by responses', () => {
  for (const model of ['gpt-5', 'gpt-5.2-pro', 'openai/o3', 'gpt-5-chat-latest'])
    assert.ok(prefersResponses(model), model);
  for (const model of ['gpt-4o', 'deepseek-r1', 'openai/gpt-oss-20b', 'o'])
    assert.ok(!prefersResponses(model), model);
  assert.ok(isReasoningFamily(familyOf('gpt-5-mini')));
  assert.ok(!isReasoningFamily(familyOf('gpt-5-chat-latest')));
});

test('an effort that a family does not know becomes its nearest, or is left out', () => {
  assert.equal(effortFor('gpt-5.2', 'minimal'), 'none');
  assert.equal(effortFor('gpt-5.2', 'xhigh'), 'xhigh');
  assert.equal(effortFor('gpt-5', 'xhigh'), 'high');
  assert.equal(effortFor('gpt-5', 'none'), 'minimal');
  assert.equal(effortFor('gpt-5', 'minimal'), 'minimal');
  assert.equal(effortFor('o-series', 'minimal'), 'low');
  assert.equal(effortFor('o-series', 'xhigh'), 'high');
  assert.equal(effortFor('o-series', 'none'), undefined);
  assert.equal(effortFor('gpt-4', 'low'), undefined);
  assert.equal(effortFor('other', 'low'), 'low');
  assert.equal(effortFor('gpt-5', undefined), undefined);
});
