import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError, USUAL_BASE_URLS } from '@sluice/contracts';
import { decideBaseUrl } from './decide-address.ts';

const refusedAt = (path: string, about: RegExp) => (error: unknown) => {
  assert.ok(error instanceof AppError);
  assert.equal(error.code, 'validation_failed');
  assert.deepEqual(
    error.details?.map((detail) => detail.path),
    [path],
  );
  assert.match(error.message, about);
  return true;
};

test('without a base URL of its own a profile has its provider’s', () => {
  assert.equal(decideBaseUrl({ provider: 'openai' }, []), USUAL_BASE_URLS.openai);
  assert.equal(
    decideBaseUrl({ provider: 'openai', baseUrl: 'https://proxy.example/v1' }, []),
    'https://proxy.example/v1',
  );
});

test('a provider without a usual base URL needs one', () => {
  for (const provider of ['openai_compatible', 'ollama', 'vllm'] as const) {
    assert.throws(() => decideBaseUrl({ provider }, []), refusedAt('baseUrl', /required/));
  }
});

test('an address that the operator does not allow is refused, and allowed once named', () => {
  const body = { provider: 'vllm', baseUrl: 'http://10.0.0.7:8000/v1' } as const;
  assert.throws(() => decideBaseUrl(body, []), refusedAt('baseUrl', /https/));
  assert.throws(() => decideBaseUrl(body, ['10.0.0.7:8001']), refusedAt('baseUrl', /https/));
  assert.equal(decideBaseUrl(body, ['10.0.0.7:8000']), body.baseUrl);
});

test('the address of images is judged as that of text', () => {
  const body = { provider: 'openai', image: { baseUrl: 'https://10.0.0.7' } } as const;
  assert.throws(() => decideBaseUrl(body, []), refusedAt('image.baseUrl', /private/));
  assert.equal(decideBaseUrl(body, ['10.0.0.7']), USUAL_BASE_URLS.openai);
});

test('an address that a profile has already is not judged again', () => {
  const before = { baseUrl: 'http://10.0.0.7/v1', image: { baseUrl: 'http://10.0.0.8/v1' } };
  const kept = { provider: 'vllm', ...before } as const;
  assert.equal(decideBaseUrl(kept, [], before), before.baseUrl);
  const moved = { ...kept, baseUrl: 'http://10.0.0.7/v2' };
  assert.throws(() => decideBaseUrl(moved, [], before), refusedAt('baseUrl', /https/));
});
