import assert from 'node:assert/strict';
import { test } from 'node:test';
import { USUAL_BASE_URLS } from '@sluice/contracts';
import { keyHintOf, type ProfileParts, profileOf, settingsOf } from './decide-profile.ts';

const now = new Date(0);
const sealedKey = { keyId: 'k', enc: 'e', ciphertext: 'c' };
const parts: ProfileParts = {
  identity: { id: 'p', teamId: 't', version: 1, createdAt: now, updatedAt: now },
  settings: { name: 'n', provider: 'openai', model: 'm' },
  baseUrl: 'https://a.example/v1',
  keys: { chat: { sealedKey, keyHint: '1234' }, image: null },
};

test('a hint is the last four characters, and nothing of a short key', () => {
  assert.equal(keyHintOf('sk-0123456789'), '6789');
  assert.equal(keyHintOf('1234567'), null);
  assert.equal(keyHintOf('12345678'), '5678');
});

test('each key lies in its slot, and what says nothing is left out', () => {
  const image = { sealedKey: { ...sealedKey, enc: 'i' }, keyHint: null };
  const settings = { ...parts.settings, params: {}, limits: {}, fallbackProfileIds: [] };
  const profile = profileOf({ ...parts, settings, keys: { chat: parts.keys.chat, image } });
  assert.deepEqual(profile, {
    ...{ id: 'p', teamId: 't', name: 'n', provider: 'openai', model: 'm', baseUrl: 'https://a.example/v1' },
    ...{ sealedKey, keyHint: '1234', image },
    ...{ version: 1, createdAt: now, updatedAt: now },
  });
});

test('settings come back from a stored profile without its keys', () => {
  const settings = {
    ...parts.settings,
    baseUrl: 'https://a.example/v1',
    params: { temperature: 0 },
    image: { model: 'i' },
    pricing: { input: 1, output: 2, currency: 'EUR' },
    fallbackProfileIds: ['q'],
    limits: { requestsPerMinute: 3 },
  };
  const keys = { chat: parts.keys.chat, image: { sealedKey, keyHint: null } };
  assert.deepEqual(settingsOf(profileOf({ ...parts, settings, keys })), settings);
});

test('a base URL that is the usual one is none of the profile’s own', () => {
  const usual = profileOf({ ...parts, baseUrl: USUAL_BASE_URLS.openai ?? '' });
  assert.equal(settingsOf(usual).baseUrl, undefined);
});
