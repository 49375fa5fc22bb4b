import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError, CALLABLE_PROVIDERS, PROVIDERS } from '@sluice/contracts';
import { decideBaseUrl, decideProfile, keyHintOf } from './decide-profile.ts';

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
  assert.equal(decideBaseUrl({ provider: 'openai' }, []), CALLABLE_PROVIDERS.openai);
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

test('a provider that runners cannot call is refused by name', () => {
  for (const provider of PROVIDERS.filter((name) => !(name in CALLABLE_PROVIDERS))) {
    const body = { provider, baseUrl: 'https://models.example' };
    assert.throws(() => decideBaseUrl(body, []), refusedAt('provider', /cannot be called yet/));
  }
});

test('an address that the operator does not allow is refused, and allowed once named', () => {
  const body = { provider: 'vllm', baseUrl: 'http://10.0.0.7:8000/v1' } as const;
  assert.throws(() => decideBaseUrl(body, []), refusedAt('baseUrl', /https/));
  assert.throws(() => decideBaseUrl(body, ['10.0.0.7:8001']), refusedAt('baseUrl', /https/));
  assert.equal(decideBaseUrl(body, ['10.0.0.7:8000']), body.baseUrl);
});

test('a hint is the last four characters, and nothing of a short key', () => {
  assert.equal(keyHintOf('sk-0123456789'), '6789');
  assert.equal(keyHintOf('1234567'), '');
});

test('a stored profile has the sealed key and no other', () => {
  const body = {
    name: 'n',
    provider: 'openai',
    model: 'm',
    apiKey: 'sk-plain-text',
    params: { temperature: 0 },
  } as const;
  const sealedKey = { keyId: 'k', enc: 'e', ciphertext: 'c' };
  const now = new Date(0);
  const profile = decideProfile({
    id: 'p',
    teamId: 't',
    body,
    baseUrl: 'https://a.example',
    sealedKey,
    now,
  });
  assert.ok(!JSON.stringify(profile).includes('sk-plain'));
  assert.deepEqual(profile.sealedKey, sealedKey);
  assert.equal(profile.version, 1);
  assert.deepEqual(profile.params, { temperature: 0 });
});
