import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Variant } from './decide-variant.ts';
import { createVariantMemory } from './variant-memory.ts';

const MINUTE = 60_000;
const variant: Variant = {
  endpoint: 'responses',
  responseFormat: false,
  tokenLimit: 'max_completion_tokens',
  sampling: false,
};
const asked = { baseUrl: 'https://models.example/v1', model: 'm', format: 'json_schema' };

test('each part is forgotten an hour after it was refused, whatever is refused in between', () => {
  let now = 0;
  const memory = createVariantMemory(() => now);
  memory.keep(asked, variant, new Set(['responseFormat']));
  now = 30 * MINUTE;
  memory.keep(asked, variant, new Set(['sampling']));
  assert.deepEqual(memory.changesFor(asked), { responseFormat: false, sampling: false });
  now = 60 * MINUTE;
  assert.deepEqual(memory.changesFor(asked), { sampling: false });
  now = 90 * MINUTE;
  assert.deepEqual(memory.changesFor(asked), {});
});

test('a refused json_schema does not drop json_object; the other parts hold for every call of the model', () => {
  const memory = createVariantMemory(() => 0);
  memory.keep(asked, variant, new Set(['responseFormat', 'tokenLimit']));
  const tokenLimit = 'max_completion_tokens';
  assert.deepEqual(memory.changesFor(asked), { responseFormat: false, tokenLimit });
  assert.deepEqual(memory.changesFor({ ...asked, format: 'json_object' }), { tokenLimit });
  assert.deepEqual(memory.changesFor({ ...asked, format: undefined }), { tokenLimit });
  assert.deepEqual(memory.changesFor({ ...asked, model: 'other' }), {});
  assert.deepEqual(memory.changesFor({ ...asked, baseUrl: 'https://other.example/v1' }), {});
});
