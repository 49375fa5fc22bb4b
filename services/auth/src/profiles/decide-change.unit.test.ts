import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError, type ProfilePatch, type ProfileSettings } from '@sluice/contracts';
import { changedFields, decideSettings } from './decide-change.ts';

const before: ProfileSettings = {
  name: 'n',
  provider: 'openai',
  model: 'm',
  baseUrl: 'https://a.example/v1',
  params: { temperature: 1, maxTokens: 9 },
  image: { model: 'i', baseUrl: 'https://i.example' },
  pricing: { input: 1, cachedInput: 0.5, output: 2, currency: 'EUR' },
  fallbackProfileIds: ['q'],
  limits: { requestsPerMinute: 1, tokensPerMinute: 2 },
};
const after = (patch: ProfilePatch) => decideSettings(before, patch);

test('what a patch leaves out stays, also inside an object', () => {
  assert.deepEqual(after({}), before);
  assert.deepEqual(after({ params: { topP: 0.5 } }).params, { temperature: 1, maxTokens: 9, topP: 0.5 });
  assert.deepEqual(after({ pricing: { input: 3 } }).pricing, { ...before.pricing, input: 3 });
});

test('null clears a field, or the whole of an object', () => {
  const cleared = after({
    baseUrl: null,
    params: { temperature: null },
    image: { model: null },
    pricing: null,
    fallbackProfileIds: null,
    limits: null,
  });
  assert.deepEqual(cleared, {
    name: 'n',
    provider: 'openai',
    model: 'm',
    params: { maxTokens: 9 },
    image: { baseUrl: 'https://i.example' },
  });
  assert.equal(after({ image: null }).image, undefined);
});

test('a list is replaced, not merged', () => {
  assert.deepEqual(after({ fallbackProfileIds: ['r', 's'] }).fallbackProfileIds, ['r', 's']);
});

test('keys are no settings', () => {
  assert.deepEqual(after({ apiKey: 'sk-1', image: { apiKey: null } }), before);
});

test('what must be there is asked for by name', () => {
  const { pricing: _, ...without } = before;
  assert.throws(
    () => decideSettings(without, { pricing: { input: 1 } }),
    (error) => error instanceof AppError && error.details?.[0]?.path === 'pricing.output',
  );
  assert.throws(
    () => after({ pricing: { output: null } }),
    (error) => error instanceof AppError && error.details?.[0]?.path === 'pricing.output',
  );
});

test('prices are in dollars unless a currency is named', () => {
  const { pricing: _, ...without } = before;
  assert.equal(decideSettings(without, { pricing: { input: 1, output: 1 } }).pricing?.currency, 'USD');
  assert.equal(after({ pricing: { currency: null } }).pricing?.currency, 'USD');
});

test('changes are named by field', () => {
  assert.deepEqual(changedFields(before, before), []);
  const changed = after({
    model: 'x',
    params: { temperature: null, topP: 1, maxTokens: 9 },
    fallbackProfileIds: ['q', 'r'],
  });
  assert.deepEqual(changedFields(before, changed).sort(), [
    'fallbackProfileIds',
    'model',
    'params.temperature',
    'params.topP',
  ]);
});
